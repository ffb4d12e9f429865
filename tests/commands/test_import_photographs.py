"""`kilnmix import` as it is typed; what it makes of conf/ is in test_adoption."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo

from tests.collection.conftest import draw
from tests.commands.conftest import Run


def test_a_dry_run_says_what_is_understood_and_changes_nothing(
    composed_project: Path, tmp_path: Path, run: Run
) -> None:
    rows = draw(tmp_path / "mine", objects=12)
    before = sorted(composed_project.rglob("*"))
    table = str(tmp_path / "mine" / "labels.csv")
    arguments = ["import", str(tmp_path / "mine"), "--labels", table, "--task", "type", "--dry-run"]
    status, out, told = run(*arguments)
    assert status == 0, told
    assert f"{len(rows)} rows" in out and out.endswith("import: nothing was changed.\n")
    assert sorted(composed_project.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "There is no folder"),
        ([".", "--task", "type", "--task", "type"], "give each task once"),
        ([".", "--unresolved", "perhaps"], "--unresolved takes refuse, leave-out, allow"),
    ],
)
def test_what_will_not_do(composed_project: Path, run: Run, arguments: list[str], said: str) -> None:
    status, _, told = run("import", *arguments)
    assert status == 2 and said in told
    assert not Path("data").exists()


@pytest.mark.parametrize("at_fault", ["conf", "params.yaml"])
def test_settings_that_cannot_be_written_stop_an_import_before_anything_is_changed(
    composed_project: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, at_fault: str
) -> None:
    """As `chattr +i` or a read-only disk make them; the test may run as a user whom permissions do not bind."""
    draw(tmp_path / "mine", objects=12)
    opened = os.open

    def refusing(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        folder = Path(os.fsdecode(path)).parent == Path("conf").resolve() and flags & os.O_CREAT
        if (folder and at_fault == "conf") or (str(path) == at_fault and flags & os.O_WRONLY):
            raise PermissionError(errno.EPERM, "Operation not permitted", str(path))
        return opened(path, flags, *rest, **more)

    before = {path: path.read_bytes() for path in composed_project.rglob("*") if path.is_file()}
    monkeypatch.setattr(os, "open", refusing)
    table = str(tmp_path / "mine" / "labels.csv")
    status, _, said = run("import", str(tmp_path / "mine"), "--labels", table, "--task", "type")
    assert status == 2 and "The settings cannot be written, so nothing was changed: Operation not permitted" in said
    assert {path: path.read_bytes() for path in composed_project.rglob("*") if path.is_file()} == before


def test_a_folder_below_one_that_dvc_tracks_is_refused(composed_project: Path, tmp_path: Path, run: Run) -> None:
    """Its photographs would go with data/ into the embedded remote."""
    draw(tmp_path / "mine", objects=12)
    Path("data").mkdir()
    Path("data/a.txt").write_text("a")
    Repo.init(no_scm=True).add("data")
    assert run("compose", "collection.folder=data/mine")[0] == 0
    table = str(tmp_path / "mine" / "labels.csv")
    status, _, said = run("import", str(tmp_path / "mine"), "--labels", table, "--task", "type")
    assert status == 2 and "collection.folder is data/mine, inside data, which DVC tracks (data.dvc)" in said
    assert sorted(path.name for path in Path("data").iterdir()) == ["a.txt"]


def test_a_table_whose_name_is_not_utf8_is_kept_under_a_readable_one(
    composed_project: Path, tmp_path: Path, run: Run
) -> None:
    draw(tmp_path / "mine", objects=12)
    table = tmp_path / "mine" / os.fsdecode("标签.csv".encode("gbk"))
    (tmp_path / "mine" / "labels.csv").rename(table)
    Repo.init(no_scm=True)
    status, _, said = run("import", str(tmp_path / "mine"), "--labels", str(table), "--task", "type")
    assert status == 0, said
    assert Path("data/original/标签.csv").read_bytes() == table.read_bytes()
