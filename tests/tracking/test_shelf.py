"""The runs of an experiment, in a real store."""

from __future__ import annotations

from pathlib import Path

from kilnmix.config import Params
from kilnmix.tracking.shelf import BEGUN, LIVE, LOGGED, Shelf, live_tag, plain, runs


def test_a_key_has_one_run_which_goes_on(params: Params) -> None:
    shelf = Shelf.open(params)
    first = shelf.begin("train/0", {"stage": "train"}, started=5)
    again = Shelf.open(params)
    assert again.begin("train/0", {"stage": "train", "more": "x"}) == first
    run = again.client.get_run(first)
    assert (run.info.status, run.info.start_time, run.data.tags["more"]) == ("RUNNING", 5, "x")
    # A run that a record has filled is complete; its key begins another.
    again.tag(first, {LOGGED: "digest"})
    third = Shelf.open(params)
    assert (third.logged, third.unfilled) == ({"digest": first}, {})
    assert third.begin("train/0", {}, running=False) != first


def test_the_study_is_above_its_stages(params: Params) -> None:
    shelf = Shelf.open(params)
    study = shelf.study()
    assert shelf.study() == study
    stage = shelf.begin("train/0", {}, parent=study)
    assert shelf.client.get_run(stage).data.tags["mlflow.parentRunId"] == study
    assert shelf.client.get_run(study).info.status == "FINISHED"


def test_more_points_than_one_call_takes(params: Params) -> None:
    shelf = Shelf.open(params)
    run = shelf.begin("train/0", {})
    shelf.points(run, [("f1 [a, b]", step, step / 2, 1000 + step) for step in range(1000)])
    history = shelf.client.get_metric_history(run, "f1 _a_ b_")
    assert len(history) == 1000 and {point.value for point in history if point.step == 999} == {499.5}


def test_runs_that_nothing_keeps_alive_are_closed(params: Params, tmp_path: Path) -> None:
    shelf = Shelf.open(params)
    alive, gone = tmp_path / "alive", tmp_path / "gone"
    alive.mkdir()
    tags = {
        "alive": {LIVE: live_tag(alive)},
        "gone": {LIVE: live_tag(gone)},
        "elsewhere": {LIVE: "another-host:/x"},
        "half filled": {BEGUN: "digest"},
        "of an older kind": {},
    }
    made = {name: shelf.begin(name, given) for name, given in tags.items()}
    assert shelf.close_left() == 2
    status = {name: shelf.client.get_run(run).info.status for name, run in made.items()}
    assert [name for name, said in status.items() if said == "KILLED"] == ["gone", "half filled"]
    assert len(runs(shelf.client, shelf.experiment, "attributes.status = 'RUNNING'")) == 3


def test_names_that_mlflow_takes() -> None:
    assert plain("f1/glaze, body [a]: x-y.z") == "f1/glaze_ body _a_: x-y.z"
