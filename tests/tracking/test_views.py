import json
from types import SimpleNamespace
from typing import Any

from kilnmix.config import Params
from kilnmix.tracking import views
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.records import Record, tags
from kilnmix.tracking.shelf import runs
from kilnmix.tracking.store import open_store


def trained(arm: str, seed: int, **more: Any) -> Record:
    kept = {"run": f"{arm}{seed}".ljust(16, "0"), **more.pop("params", {})}
    return Record(arm, tags(**{"stage": "train", "fold": 0, "adapter": 0, "arm": arm, "seed": seed, **more}), kept)


def test_views_are_kept_with_the_experiment(params: Params) -> None:
    publish(params, [trained("real", 0), trained("real", 1), trained("mix-90-10", 0)])
    client, experiment = open_store(params)
    paths = views.save(client, experiment, ["glaze"], runs(client, experiment))
    assert set(paths) == {"trainings", "arms", "compare"}
    kept = client.get_experiment(experiment).tags
    state = json.loads(kept["mlflow.sharedViewState.trainings"])
    assert {"tags.`arm`", "tags.`seed`", "metrics.`best.f1.glaze`"} <= set(state["selectedColumns"])
    assert kept["mlflow.experimentKind"] == "custom_model_development"
    assert len(client.search_runs([experiment], state["searchFilter"])) == 3
    # The first seed of every arm is compared.
    shown = {run.info.run_id: run for run in runs(client, experiment)}
    compared = [shown[name] for name in shown if name in paths["compare"]]
    assert {(run.data.tags["arm"], run.data.tags["seed"]) for run in compared} == {("real", "0"), ("mix-90-10", "0")}


def test_the_search_shows_what_its_trials_differ_in(params: Params) -> None:
    for number, share in enumerate((0.0, 0.1)):
        tried = {"share.glaze": share, "weight.glaze": 1.0, "optuna.study": "s"}
        publish(params, [Record("trial", tags("search", 0, study="searched", trial=number), tried)])
    client, experiment = open_store(params)
    assert "search" in views.save(client, experiment, ["glaze"], runs(client, experiment))
    state = json.loads(client.get_experiment(experiment).tags["mlflow.sharedViewState.search"])
    (chart,) = state["compareRunCharts"]
    assert (chart["type"], chart["selectedParams"]) == ("PARALLEL", ["share.glaze"])
    assert len(client.search_runs([experiment], state["searchFilter"])) == 2


def test_without_trainings_nothing_is_compared() -> None:
    assert views.last_study([SimpleNamespace(data=SimpleNamespace(tags={"level": "study"}))]) == []
