"""`kilnmix reproduce` on a run of a real store."""

from __future__ import annotations

import shutil
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
