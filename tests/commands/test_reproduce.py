"""`kilnmix reproduce` on a run of a real store."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kilnmix.config import load
from kilnmix.tracking.shelf import Shelf
from tests.commands.conftest import Run


@pytest.fixture
def stored(project: Path, database: Path) -> Path:
    (project / "mlruns").mkdir()
    shutil.copyfile(database, project / "mlruns" / "mlflow.db")
    return project


def test_a_run_that_is_not_there(stored: Path, run: Run) -> None:
    status, _, told = run("reproduce", "0" * 32)
    assert status == 2 and f"MLflow has no run '{'0' * 32}'" in told


def test_the_commands_are_printed_and_not_run(stored: Path, run: Run) -> None:
    shelf = Shelf.open(load())
    tags = {"stage": "judge", "fold": "0", "commit": "ab" * 20}
    made = shelf.begin("judge/0", tags, parent=shelf.study())
    status, out, told = run("reproduce", made)
    assert status == 0, told
    lines = out.splitlines()
    assert any("ab" * 20 in line for line in lines) and any(line.startswith("cd ") for line in lines)
    assert "judge --fold 0" in out or "judge" in lines[-1]
    assert Path(f".kilnmix/reproduce/{made}.yaml").exists()


def begun(commit: str) -> str:
    """A run of `judge` at a commit."""
    shelf = Shelf.open(load())
    return shelf.begin("judge/0", {"stage": "judge", "fold": "0", "commit": commit}, parent=shelf.study())


def test_what_is_printed_runs_without_an_active_environment(
    stored: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    status, out, told = run("reproduce", begun("ab" * 20))
    assert status == 0, told
    own = str(Path(sys.executable).parent / "dvc")
    dvc = [words[0] for line in out.splitlines() if (words := shlex.split(line, comments=True)) and "repro" in words]
    assert dvc == [own, own]


def test_without_a_program_nothing_is_made(stored: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    asked = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "a"]
    subprocess.run(asked, check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    made = begun(commit)
    empty = stored / "bin"
    empty.mkdir()
    (empty / "git").symlink_to(str(shutil.which("git")))
    for name in ("ln", "cp"):
        (empty / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setattr("kilnmix.common.commands.program.__defaults__", (empty,))
    status, _, told = run("reproduce", made, "--go")
    assert status == 2 and "There is no program dvc" in told
    assert not stored.with_name(f"{stored.name}-{commit[:7]}").exists()


def test_a_folder_that_is_there_can_be_removed_as_told(stored: Path, run: Run) -> None:
    made = begun("ab" * 20)
    stored.with_name(f"{stored.name}-abababa").mkdir()
    status, _, told = run("reproduce", made, "--go")
    assert status == 2 and "is there already. `git worktree remove --force " in told
