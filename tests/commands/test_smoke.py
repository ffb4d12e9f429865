"""`kilnmix smoke` on the tiny project: every stage in a folder of its own, and nothing else changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run as Told

from kilnmix.config import composition
from kilnmix.stages import SCOPES
from kilnmix.stages.runner import everything
from tests.commands.conftest import Run
from tests.tiny_project import REPOSITORY, draw_collection, settings


def test_every_stage_runs_apart_from_what_the_project_holds(
    tmp_path: Path, tiny_base: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    draw_collection(tmp_path / "data")
    (tmp_path / "params.yaml").write_text("mine\n")
    (tmp_path / "out").mkdir()
    (tmp_path / ".kilnmix" / "smoke" / "old").mkdir(parents=True)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if ".kilnmix" not in path.parts}
    # The experiment has left out what the tiny project's settings take away.
    mine = [given for given in settings(tiny_base) if not given.startswith("~") and "experiment.primary" not in given]
    one = ["folds=[0]", "pool_folds=[0]", "adapters=[0]", "refit_pool=0", "classifier.steps=2"]
    status, said, _ = run("smoke", *mine, *one)
    assert status == 0
    lines = said.splitlines()
    stages = [name for name, scope in SCOPES.items() if scope not in ("look", "extension")]
    assert [line.split(" ")[0].rstrip(":") for line in lines] == [*stages, "smoke", "What"]
    assert ".kilnmix/smoke" in lines[-1]
    apart = tmp_path / ".kilnmix" / "smoke"
    assert not (apart / "old").exists()
    assert (apart / "reports" / "verdict.json").exists()
    stages_told = {run.data.tags.get("stage") for run in search_runs(apart / "mlruns" / "mlflow.db")}
    assert stages_told >= set(stages)
    assert {"prepare", "train", "refit"} <= {path.name for path in (apart / "out").iterdir()}
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if ".kilnmix" not in path.parts} == before
    assert Path.cwd() == tmp_path


def search_runs(database: Path) -> list[Told]:
    client = MlflowClient(f"sqlite:///{database}")
    (experiment,) = client.search_experiments(filter_string="name = 'smoke'")
    return list(client.search_runs([experiment.experiment_id], max_results=1000))


def test_a_look_is_followed_by_what_it_extends() -> None:
    params = composition.compose(["looks=three", "experiment=smoke"], REPOSITORY / "conf")[1]
    order = [entry for entry in everything(params) if entry[0] not in ("judge", "encode", "finetune", "generate")]
    assert order == [
        ("prepare", ()),
        ("curate", (0, 0)),
        ("train", (0,)),
        ("search", (0,)),
        ("confirm", (0,)),
        ("look", (0,)),
        ("extend", (0, 0)),
        ("look", (1,)),
        ("extend", (1, 0)),
        ("compare", ()),
        ("refit", ()),
    ]


def test_without_photographs_it_says_what_fetches_them(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    status, _, said = run("smoke")
    assert status == 2 and "There is no data here. `make smoke`" in said
    assert not (tmp_path / ".kilnmix" / "smoke").exists()


def test_settings_that_will_not_do_leave_the_last_one_alone(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    (tmp_path / ".kilnmix" / "smoke" / "old").mkdir(parents=True)
    status, _, said = run("smoke", "classifier.stepz=2")
    assert status == 2 and "classifier.stepz" in said
    assert (tmp_path / ".kilnmix" / "smoke" / "old").exists()
