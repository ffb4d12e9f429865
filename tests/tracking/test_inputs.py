import hashlib
from pathlib import Path

import pytest

from kilnmix.common import digests
from kilnmix.tracking.inputs import DataInput, content_digest


def test_records_are_no_part_of_what_a_stage_left(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    before = content_digest(tmp_path)
    (tmp_path / "records.json").write_text("{}")
    assert content_digest(tmp_path) == before == digests.of_files(tmp_path, without=("records.json",))
    (tmp_path / "a.txt").write_text("b")
    assert content_digest(tmp_path) != before


def test_what_dvc_knows_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.dvc").write_text("outs:\n- {md5: ab.dir, path: data}\n")
    assert content_digest(Path("data")) == "ab.dir"


def test_a_digest_is_worked_out_when_an_input_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"first")
    named = DataInput(str(path), "training")
    path.write_bytes(b"second")
    assert named.digest != DataInput(str(path), "training").digest
    assert DataInput(str(path), "training", "known").digest == "known"
    assert DataInput(str(tmp_path / "none"), "training").digest == ""
    assert len(named.digest or "") == len(hashlib.sha256().hexdigest())
