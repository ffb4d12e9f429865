"""A study with a look on the way: what trains on, what waits for the look, what the ledger says."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import REPORTS, output
from kilnmix.config import Params, load
from kilnmix.config.experiment import FOUND
from kilnmix.experiment.outputs import OPEN
from kilnmix.stages.runner import run_stage
from kilnmix.tracking.publishing import publish
from tests.tiny_project import Project

pytestmark = pytest.mark.pipeline

LOOKS = {"seeds": [1, 2], "alpha": [0.01, 0.04], "futility": 0.999999}
"""What is not clear after one seed is futile, so that little is left to train."""


@pytest.fixture
def planned(project: Project, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """A copy of the project with a look, trained so far, and MLflow without its runs."""
    folder = tmp_path / "project"
    shutil.copytree(project.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("mlruns"))
    (folder / "mlruns").mkdir()
    shutil.copyfile(database, folder / "mlruns" / "mlflow.db")
    monkeypatch.chdir(folder)
    (REPORTS / "ledger.csv").unlink()
    settings = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    settings["experiment"]["looks"] = LOOKS
    settings |= {"looks": [{"number": 0, "after": "conf/looks"}], "extended": "out/extend"}
    Path("params.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    params = load()
    for fold in params.folds:
        run_stage(params, "train", fold)
        run_stage(params, "confirm", fold)
    return params


def looked() -> list[str]:
    with (REPORTS / "ledger.csv").open() as file:
        return [line["answers"] for line in csv.DictReader(file)]


def seeds_and_arms(folder: Path) -> tuple[set[int], set[str]]:
    rows = pq.read_table(folder / "test.parquet").to_pylist()
    return {row["seed"] for row in rows}, {row["arm"] for row in rows}


def leave_open(arms: list[str]) -> None:
    """The look's answer, as if it had left these arms open."""
    folder = output("look", 0)
    said = json.loads((folder / OPEN).read_text())
    (folder / OPEN).write_text(json.dumps({**said, "arms": arms}))
    manifest.write(folder)


def test_a_damaged_look_is_refused(planned: Params) -> None:
    run_stage(planned, "look", 0)
    path = output("look", 0) / OPEN
    path.write_text(path.read_text().replace('"arms"', '"armless"'))
    with pytest.raises(UserError, match=r"open\.json is not the file that its stage wrote"):
        run_stage(planned, "extend", 0, 0)


def test_what_a_look_leaves_open_is_trained_on_and_compared(planned: Params) -> None:
    assert seeds_and_arms(output("train", 0)) == ({0}, set(planned.arms))
    with pytest.raises(UserError, match="dvc repro look@look0"):
        run_stage(planned, "extend", 0, 0)
    outcome = run_stage(planned, "look", 0)
    assert "after 1 seeds" in outcome.sentence
    # All arms go on as long as one comparison is open; an arm of the search is trained by the same stage.
    arms = ["real", "mix-90-10", FOUND[0]]
    leave_open(arms)
    for fold in planned.folds:
        more = run_stage(planned, "extend", 0, fold)
        assert publish(planned, more.records) == len(more.records)
    assert seeds_and_arms(output("extend", 0, 0)) == ({1}, set(arms))
    run_stage(planned, "compare")
    verdict = json.loads((REPORTS / "verdict.json").read_text())
    assert verdict["looks"]["seeds"] == [1, 2] and verdict["looks"]["taken"] == 2
    # The plan came first; what the planned looks read counts as one look.
    assert looked()[0] == "plan: 1 seeds at 0.01, 2 seeds at 0.04; futile below 0.999999"
    page = (REPORTS / "report.html").read_text()
    assert "Its test set has been looked at" not in page
    assert "read at looks planned beforehand" in page


def test_where_nothing_is_open_an_empty_output_is_left_and_another_plan_is_refused(planned: Params) -> None:
    run_stage(planned, "look", 0)
    leave_open([])
    for fold in planned.folds:
        assert "nothing to train" in run_stage(planned, "extend", 0, fold).sentence
    assert seeds_and_arms(output("extend", 0, 0)) == (set(), set())
    run_stage(planned, "compare")
    looks = planned.experiment.looks.model_copy(update={"alpha": (0.02, 0.03)})
    changed = planned.model_copy(update={"experiment": planned.experiment.model_copy(update={"looks": looks})})
    with pytest.raises(UserError, match="would not hold its level"):
        run_stage(changed, "look", 0)
