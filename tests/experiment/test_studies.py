"""The digest in a study's name; whole searches are run in tests/pipeline."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kilnmix.common.paths import PREPARED
from kilnmix.experiment.studies import digest
from tests import composed


def named(**search: object) -> str:
    params = composed.settings(search=search)
    training = SimpleNamespace(digest=lambda: "0")
    builder = SimpleNamespace(params=params, fold=0, pools={0: []}, training=lambda *args, **named: training)
    return digest(cast(Any, builder))


def test_machines_that_spell_a_storage_in_two_ways_are_at_one_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    PREPARED.mkdir(parents=True)
    (PREPARED / "photographs.csv").write_text("image\n", encoding="utf-8")
    here = named(storage="postgresql://kilnmix@localhost/studies", parallel=4)
    assert here == named(storage="postgresql://kilnmix@database.example/studies", parallel=4)
    assert here != named(storage="postgresql://kilnmix@localhost/studies", parallel=2)
