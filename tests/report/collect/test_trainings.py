"""How many networks a study trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.report.collect.trainings import trained_networks
from kilnmix.tracking.records import Record, write

TRAIN, CONFIRM, EXTEND = FOLDERS = [output("train", 0), output("confirm", 0), output("extend", 1, 0)]


def left(folder: Path, *digests: str) -> None:
    folder.mkdir(parents=True)
    write(folder, [Record(str(folder), {}), *(Record(f"run {digest}", {}, {"run": digest}) for digest in digests)])


def test_a_training_that_two_stages_share_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    left(TRAIN, "a", "b", "c")
    assert trained_networks(FOLDERS) is None
    left(CONFIRM, "b", "d")
    assert trained_networks(FOLDERS[:2]) == 4
    left(EXTEND, "e")
    assert trained_networks(FOLDERS) == 5


@pytest.mark.parametrize(("text", "part"), [("[", "cannot be read as JSON"), ('[{"x": 1}]', "holds no records")])
def test_damaged_records_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, part: str) -> None:
    monkeypatch.chdir(tmp_path)
    left(TRAIN, "a")
    (TRAIN / "records.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=part):
        trained_networks([TRAIN])
