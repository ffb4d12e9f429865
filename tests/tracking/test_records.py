from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.common.nested import flatten
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, read, write
from tests.tracking.conftest import RECORD


def test_a_run_on_other_bytes_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out").mkdir()
    Path("out/adapter").write_text("one")
    first = Record("generate 0/0", {}, inputs=[DataInput("out", "adapter")])
    Path("out/records.json").write_text("[]")
    assert Record("generate 0/0", {}, inputs=[DataInput("out", "adapter")]).digest == first.digest
    Path("out/adapter").write_text("other")
    assert Record("generate 0/0", {}, inputs=[DataInput("out", "adapter")]).digest != first.digest
    # What was written down stays what it was.
    write(Path(), [first])
    (again,) = read(Path("records.json"))
    assert again.digest == first.digest


def test_records_read_back_as_they_were_written(tmp_path: Path) -> None:
    write(tmp_path, [RECORD])
    (again,) = read(tmp_path / "records.json")
    assert again.digest == RECORD.digest


@pytest.mark.parametrize("content", ["{}", '{"name": 1}', "3", "[1]", "null"])
def test_records_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "records.json").write_text(content)
    with pytest.raises(UserError, match=r"records\.json .*`dvc repro`"):
        read(tmp_path / "records.json")


def test_settings_are_flattened_for_the_ui() -> None:
    assert flatten({"a": {"b": 1, "c": {}}, "d": [2]}) == {"a.b": 1, "a.c": {}, "d": [2]}
