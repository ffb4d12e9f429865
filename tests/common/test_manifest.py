"""Outputs that lost something are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kilnmix.common import manifest
from kilnmix.common.errors import UserError


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("out/curate/0/0")
    folder.mkdir(parents=True)
    (folder / "images.csv").write_text("id,status\n1,accepted\n2,accepted\n3,vetoed\n", encoding="utf-8")
    manifest.write(folder)
    return folder


def test_an_output_as_it_was_written_passes(output: Path) -> None:
    manifest.check(output)
    (output / "records.json").write_text("[]")
    manifest.check(output)


def test_a_table_that_lost_rows_is_refused_with_both_counts(output: Path) -> None:
    (output / "images.csv").write_text("id,status\n1,accepted\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"images.csv .* it had 3 rows and has 1. .*`dvc checkout out/curate/0/0`"):
        manifest.check(output)


def test_the_command_can_be_pasted_for_a_folder_with_blanks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my dig").mkdir()
    monkeypatch.chdir(tmp_path / "my dig")
    folder = Path("out/curate/0/0").resolve()
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(UserError, match=rf"`dvc checkout '{re.escape(str(folder))}'`"):
        manifest.check(folder)


def test_a_missing_file_a_missing_and_a_damaged_manifest_are_refused(output: Path) -> None:
    text = (output / "manifest.json").read_text()
    (output / "images.csv").rename(output / "gone.csv")
    with pytest.raises(UserError, match=r"images.csv is missing"):
        manifest.check(output)
    for damaged in (text[:20], "[1]", "[" * 100_000):
        (output / "manifest.json").write_text(damaged)
        with pytest.raises(UserError, match="cannot be read"):
            manifest.check(output)
    (output / "manifest.json").unlink()
    with pytest.raises(UserError, match="its stage did not end"):
        manifest.check(output)


def test_a_folder_outside_of_the_outputs_needs_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "retrieved").mkdir()
    manifest.check(tmp_path / "retrieved")
