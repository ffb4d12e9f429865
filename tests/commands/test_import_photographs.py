"""`kilnmix import` as it is typed; what it makes of conf/ is in test_adoption."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kilnmix.config import composition
from tests.collection.conftest import REPOSITORY, draw
from tests.commands.conftest import Run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with conf/, in which the test works."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    shutil.copytree(REPOSITORY / "conf", "conf")
    composition.write()
    return folder


def test_a_dry_run_says_what_is_understood_and_changes_nothing(here: Path, tmp_path: Path, run: Run) -> None:
    rows = draw(tmp_path / "mine", objects=12)
    before = sorted(here.rglob("*"))
    table = str(tmp_path / "mine" / "labels.csv")
    arguments = ["import", str(tmp_path / "mine"), "--labels", table, "--task", "type", "--dry-run"]
    status, out, told = run(*arguments)
    assert status == 0, told
    assert f"{len(rows)} rows" in out and out.endswith("import: nothing was changed.\n")
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "There is no folder"),
        ([".", "--task", "type", "--task", "type"], "give each task once"),
        ([".", "--unresolved", "perhaps"], "--unresolved takes refuse, leave-out, allow"),
    ],
)
def test_what_will_not_do(here: Path, run: Run, arguments: list[str], said: str) -> None:
    status, _, told = run("import", *arguments)
    assert status == 2 and said in told
    assert not Path("data").exists()
