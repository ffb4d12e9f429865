"""How many networks a study trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.report.collect.trainings import trained_networks
from kilnmix.tracking.records import Record, write


def left(stage: str, *digests: str) -> None:
    folder = output(stage, 0)
    folder.mkdir(parents=True)
    write(folder, [Record(stage, {}), *(Record(f"run {digest}", {}, {"run": digest}) for digest in digests)])


def test_a_training_that_two_stages_share_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    left("train", "a", "b", "c")
    assert trained_networks([0]) is None
    left("confirm", "b", "d")
    assert trained_networks([0]) == 4


@pytest.mark.parametrize(("text", "part"), [("[", "cannot be read as JSON"), ('[{"x": 1}]', "holds no records")])
def test_damaged_records_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, part: str) -> None:
    monkeypatch.chdir(tmp_path)
    left("train", "a")
    (output("train", 0) / "records.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=part):
        trained_networks([0])
