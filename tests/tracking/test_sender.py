"""The process that sends a journal to MLflow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kilnmix.config import Params
from kilnmix.tracking import journal, live
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.records import Record, tags
from kilnmix.tracking.sender import Sender, pause, send_left
from kilnmix.tracking.store import open_store
from tests.tracking.journals import KEY, PART, WHOLE, by_level, opened


def test_a_stage_and_its_training_are_runs_while_they_run(params: Params) -> None:
    made = opened(params, "train", 0)
    made.tell("begin", key=KEY, tags=dict(PART.tags))
    made.tell("points", key=KEY, step=10, values={"loss": 2.0})
    sender = Sender(made.folder)
    sender.send()
    found = by_level(params)
    (study,), (stage,), (training,) = found["study"], found["stage"], found["training"]
    assert {run.info.status for run in (study, stage, training)} == {"RUNNING"}
    assert stage.info.run_name == "train · fold 0"
    assert training.info.run_name == "train real · fold 0 · seed 1"
    assert training.data.metrics == {"loss": 2.0}
    assert stage.data.tags["mlflow.parentRunId"] == study.info.run_id
    assert training.data.tags["mlflow.parentRunId"] == stage.info.run_id
    assert training.data.tags["mlflow.source.name"] == "kilnmix train --fold 0"
    assert training.data.tags["profile"] == "demo"

    made.tell("points", key=KEY, step=20, values={"loss": 1.5})
    made.tell("end", key=KEY, status="FINISHED")
    live.Live(made).publish([WHOLE, PART])
    made.tell("stop", status="FINISHED")
    sender.send()
    found = by_level(params)
    assert [len(found[level]) for level in ("study", "stage", "training")] == [1, 1, 1]
    assert {run.info.status for group in found.values() for run in group} == {"FINISHED"}
    client, _ = open_store(params)
    history = client.get_metric_history(training.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(10, 2.0), (20, 1.5)]
    assert found["training"][0].data.metrics == {"loss": 1.5, "best.score": 0.5}
    # The outputs say nothing that is not there.
    assert publish(params, [WHOLE, PART]) == 0


def test_what_a_killed_stage_left_is_closed_and_its_training_goes_on_in_its_run(params: Params) -> None:
    first = opened(params, "train", 0)
    first.tell("begin", key=KEY, tags=dict(PART.tags))
    first.tell("points", key=KEY, step=10, values={"loss": 2.0})
    Sender(first.folder).send()
    first.tell("points", key=KEY, step=20, values={"loss": 1.9})
    first.close()  # the lock is gone, as after a kill
    assert send_left() == 1
    (training,) = by_level(params)["training"]
    assert training.info.status == "KILLED"
    assert training.data.metrics == {"loss": 1.9}
    assert {run.info.status for group in by_level(params).values() for run in group} == {"KILLED"}

    second = opened(params, "train", 0)
    second.tell("begin", key=KEY, tags=dict(PART.tags))
    second.tell("points", key=KEY, step=20, values={"loss": 1.9})
    second.tell("points", key=KEY, step=30, values={"loss": 1.8})
    sender = Sender(second.folder)
    sender.send()
    (again,) = by_level(params)["training"]
    assert (again.info.run_id, again.info.status) == (training.info.run_id, "RUNNING")
    history = open_store(params)[0].get_metric_history(again.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(10, 2.0), (20, 1.9), (30, 1.8)]
    second.tell("stop", status="FAILED")
    sender.send()
    assert {run.info.status for group in by_level(params).values() for run in group} == {"FAILED"}


@pytest.mark.parametrize("how", ["another version's settings", "no settings", "half a note of what was sent", "a list"])
def test_a_journal_that_cannot_be_understood_is_put_aside_and_holds_up_no_other(
    how: str, params: Params, capsys: pytest.CaptureFixture[str]
) -> None:
    old, later = opened(params, "judge", 0), opened(params, "train", 0)
    events = old.folder / "events.jsonl"
    entry = json.loads(events.read_text(encoding="utf-8"))
    if how == "another version's settings":
        entry["params"]["classifier"]["former"] = 3
    elif how == "no settings":
        del entry["params"]
    elif how == "half a note of what was sent":
        (old.folder / "sent.json").write_text('{"offset": 3')
    else:
        entry = []
    events.write_text(json.dumps(entry) + "\n", encoding="utf-8")
    content = events.read_bytes()
    for journal_ in (old, later):
        journal_.close()
    assert send_left() == 1
    assert [run.info.run_name for run in by_level(params)["stage"]] == ["train · fold 0"]
    (kept,) = journal.ASIDE.iterdir()
    assert (kept / "events.jsonl").read_bytes() == content
    told = capsys.readouterr().err
    assert f"it is kept in {kept}" in told and "Traceback" not in told
    assert send_left() == 0 and not capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        {"event": "begin", "key": KEY},
        {"event": "begin", "key": KEY, "tags": ["arm"]},
        {"event": "points", "step": 1, "values": {"loss": None}},
        {"event": "points", "values": {"loss": 0.5}},
        {"event": "picture", "folder": "samples"},
        {"event": "picture", "file": "../../../labels.csv", "folder": "samples"},
        {"event": "end", "key": KEY, "status": "DONE"},
        {"event": "publish", "records": [{"name": "train 0"}]},
        {"event": "publish", "records": {}},
        {"event": "stop"},
    ],
)
def test_an_event_that_lacks_what_it_needs_holds_up_no_other(
    line: dict[str, object], params: Params, capsys: pytest.CaptureFixture[str]
) -> None:
    old, later = opened(params, "judge", 0), opened(params, "train", 0)
    with (old.folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": 3, **line}) + "\n")
    for journal_ in (old, later):
        journal_.close()
    assert send_left() == 1
    assert [run.info.run_name for run in by_level(params)["stage"]] == ["train · fold 0"]
    assert "it is damaged: ValueError, event 2, " in capsys.readouterr().err
    assert len(list(journal.ASIDE.iterdir())) == 1


def test_a_run_that_was_deleted_meanwhile_holds_up_no_other(params: Params, capsys: pytest.CaptureFixture[str]) -> None:
    old = opened(params, "judge", 0)
    live.Live(old, "judge").begin(KEY, {"arm": "real"})
    Sender(old.folder).send()
    (training,) = by_level(params)["training"]
    open_store(params)[0].delete_run(training.info.run_id)
    old.tell("points", key=KEY, step=1, values={"loss": 0.5})
    later = opened(params, "train", 0)
    for journal_ in (old, later):
        journal_.close()
    assert send_left() == 1
    assert "train · fold 0" in [run.info.run_name for run in by_level(params)["stage"]]
    assert "cannot be sent to MLflow (" in capsys.readouterr().err
    assert len(list(journal.ASIDE.iterdir())) == 1


def test_a_trial_is_a_run_above_its_training(params: Params) -> None:
    made = opened(params, "search", 0)
    telling = live.Live(made, "search")
    own = {"arm": "searched", "study": "searched", "trial": "3", "fold": "0"}
    telling.begin("trial/s/3", own, level="trial", params={"share.glaze": 0.1})
    telling.begin(KEY, {**own, "seed": "0"}, above="trial/s/3")
    telling.points({"validation.score": 0.4}, 10, "trial/s/3")
    telling.end(KEY, "FINISHED")
    telling.end("trial/s/3", "KILLED", {"state": "PRUNED"})
    sender = Sender(made.folder)
    sender.send()
    found = by_level(params)
    (stage,), (trial,), (training,) = found["stage"], found["trial"], found["training"]
    assert trial.data.tags["mlflow.parentRunId"] == stage.info.run_id
    assert training.data.tags["mlflow.parentRunId"] == trial.info.run_id
    assert (trial.info.status, trial.data.tags["state"]) == ("KILLED", "PRUNED")
    assert trial.data.params == {"share.glaze": "0.1"}
    assert trial.data.metrics == {"validation.score": 0.4}
    # Its record fills the same run, and the time at which it ended stays.
    params_of = {"optuna.study": "s", "share.glaze": 0.1}
    record = Record("trial 3", tags("search", **own, state="PRUNED"), params_of)  # type: ignore[arg-type]
    telling.publish([Record("search 0", tags("search", 0)), record])
    made.tell("stop", status="FINISHED")
    sender.send()
    (again,) = by_level(params)["trial"]
    assert (again.info.run_id, again.info.status) == (trial.info.run_id, "KILLED")
    assert again.info.end_time == trial.info.end_time
    assert again.data.params["optuna.study"] == "s"


def test_batches_become_rarer_the_longer_a_stage_runs() -> None:
    assert [pause(seconds) for seconds in (0.0, 10.0, 60.0, 225.0, 3600.0)] == [1.0, 1.0, 4.0, 15.0, 15.0]


def test_a_sender_that_fails_ends_with_a_sentence_while_its_stage_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / ".kilnmix" / "tracking" / "prepare-1-1"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text("[]\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "kilnmix.tracking.sender", str(folder)],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.wait(120) == 1
    assert process.stderr is not None
    told = process.stderr.read()
    assert "MLflow does not show this stage yet" in told
    assert "Fatal Python error" not in told
