"""`kilnmix runs` on outputs that MLflow lacks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kilnmix.config import load
from kilnmix.tracking import records
from kilnmix.tracking.records import Record, tags
from kilnmix.tracking.shelf import Shelf
from tests.commands.conftest import Run


@pytest.fixture
def left(project: Path, database: Path) -> Path:
    """A project with an output of `judge` that dvc.lock knows, made with other settings than params.yaml has."""
    (project / "mlruns").mkdir()
    shutil.copyfile(database, project / "mlruns" / "mlflow.db")
    Path("out/judge/0").mkdir(parents=True)
    records.write(Path("out/judge/0"), [Record("judge 0", tags("judge", 0))])
    Path("dvc.lock").write_text("stages: {judge@0: {params: {params.yaml: {classifier.steps: 123457}}}}\n")
    return project


def test_settings_that_the_outputs_never_had_are_not_logged(left: Path, run: Run) -> None:
    status, out, told = run("runs")
    assert status == 2 and out == ""
    assert "judge@0 was run with classifier.steps = 123457, and params.yaml now says" in told
    assert Shelf.open(load()).logged == {}


def test_with_the_settings_of_the_outputs_they_are_logged_once(left: Path, run: Run) -> None:
    Path("dvc.lock").write_text(f"stages: {{judge@0: {{params: {{params.yaml: {{seed: {load().seed}}}}}}}}}\n")
    status, out, told = run("runs")
    assert status == 0 and "1 of 1 runs were missing" in out, told
    Path("dvc.lock").write_text("stages: {judge@0: {params: {params.yaml: {seed: 123457}}}}\n")
    status, out, told = run("runs")  # nothing is missing, so nothing can be wrong
    assert status == 0 and "0 of 1 runs were missing" in out, told
