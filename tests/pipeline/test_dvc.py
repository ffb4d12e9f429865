"""DVC and MLflow on one project of one stage: an experiment, and the difference of two revisions."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kilnmix.config import load
from kilnmix.tracking.shelf import runs
from kilnmix.tracking.store import open_store
from tests import composed

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git on the PATH")

STAGE = """
import json
from pathlib import Path
from kilnmix.config import load
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.records import Record, tags

params = load()
figures = {"glaze.real.f1": params.classifier.steps / 1000}
Path("reports").mkdir(exist_ok=True)
Path("reports/metrics.json").write_text(json.dumps(figures))
Path("reports/scores.csv").write_text(f"arm,f1\\nreal,{figures['glaze.real.f1']}\\n")
publish(params, [Record("compare", tags("compare"), metrics=figures)])
"""
PIPELINE = {
    "stages": {
        "compare": {
            "cmd": f"{sys.executable} stage.py",
            "params": ["classifier.steps"],
            "metrics": ["reports/metrics.json"],
            "plots": [{"reports/scores.csv": {"x": "f1", "y": "arm"}}],
        }
    }
}


def git(*arguments: str) -> None:
    own = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *own, *arguments], check=True, capture_output=True)


def test_an_experiment_is_one_run_and_dvc_and_mlflow_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Path
) -> None:
    from dvc.repo import Repo

    monkeypatch.chdir(tmp_path)
    for name, value in (("NAME", "n"), ("EMAIL", "n@example.org")):
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    Path("params.yaml").write_text(composed.text(classifier={"steps": 250}), encoding="utf-8")
    Path("stage.py").write_text(STAGE)
    Path("dvc.yaml").write_text(yaml.safe_dump(PIPELINE))
    Path(".gitignore").write_text("/mlruns\n/.kilnmix\n")
    Path("mlruns").mkdir()
    shutil.copyfile(database, "mlruns/mlflow.db")
    git("init", "--quiet", "--initial-branch=main")
    Repo.init().close()
    git("add", ".")
    git("commit", "--quiet", "-m", "A study")

    with Repo() as repo:
        repo.experiments.run(name="long", params=["params.yaml:classifier.steps=500"])
        repo.experiments.run(name="longer", params=["params.yaml:classifier.steps=750"])
        metrics = repo.metrics.diff("long", "longer")["diff"]["reports/metrics.json"]["glaze.real.f1"]
        plots = repo.plots.show(revs=["long", "longer"])

    client, experiment = open_store(load())
    found = runs(client, experiment)
    names = {run.info.run_id: run.info.run_name for run in found if run.data.tags["level"] == "study"}
    assert sorted(names.values()) == ["long", "longer"]
    logged = {
        names[run.data.tags["mlflow.parentRunId"]]: run.data.metrics["glaze.real.f1"]
        for run in found
        if run.data.tags["level"] == "stage"
    }
    assert logged == {"long": 0.5, "longer": 0.75}
    assert (metrics["old"], metrics["new"]) == (logged["long"], logged["longer"])
    drawn = {
        name: float(plots[name]["sources"]["data"]["reports/scores.csv"]["data"][0]["f1"])
        for name in ("long", "longer")
    }
    assert drawn == logged
