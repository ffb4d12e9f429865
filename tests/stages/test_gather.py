"""What the report is told of the collection."""

from __future__ import annotations

from pathlib import Path

from kilnmix.stages.gather import embedded


def test_the_rendered_collection_is_known_by_its_remote(tmp_path: Path) -> None:
    assert not embedded(tmp_path / "data")
    (tmp_path / "data.dvc").write_text("outs:\n- md5: 0.dir\n  path: data\n  remote: embedded\n")
    assert embedded(tmp_path / "data")
    (tmp_path / "data.dvc").write_text("outs:\n- md5: 1.dir\n  path: data\n")
    assert not embedded(tmp_path / "data")
