import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kilnmix.config import Params
from kilnmix.tracking import journal, live
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.records import tags
from kilnmix.tracking.sender import Sender, send_left, serve
from kilnmix.tracking.store import open_store
from tests.tracking.journals import KEY, PART, WHOLE, by_level, opened, wait_for


def test_a_journal_that_nobody_could_send_is_sent_later(
    params: Params, capfd: pytest.CaptureFixture, settings: Callable[..., Params]
) -> None:
    away = settings(tracking={"uri": "http://127.0.0.1:9", "folder": "mlruns"})
    with live.stage(away, "train", 0) as telling:
        telling.begin(KEY, PART.tags)
        telling.points({"loss": 2.0}, 10, KEY)
        telling.publish([WHOLE, PART])
    wait_for(lambda: "cannot be reached" in read_error(capfd))
    (left,) = journal.folders()
    # The server is there now: in the journal, the address of the store that answers.
    events = (left / "events.jsonl").read_text().splitlines()
    first = json.loads(events[0])
    first["params"] = params.model_dump(mode="json")
    (left / "events.jsonl").write_text("\n".join([json.dumps(first), *events[1:]]) + "\n")
    wait_for(lambda: send_left() == 1)
    found = by_level(params)
    assert [len(found[level]) for level in ("study", "stage", "training")] == [1, 1, 1]
    assert {run.info.status for group in found.values() for run in group} == {"FINISHED"}
    assert found["training"][0].data.metrics == {"loss": 1.5, "best.score": 0.5}
    assert not journal.folders()


_errors: list[str] = []


def read_error(capfd: pytest.CaptureFixture) -> str:
    _errors.append(capfd.readouterr().err)
    return "".join(_errors)


def test_a_stage_that_is_killed_is_seen_at_once(params: Params, tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from kilnmix.config import Params\n"
        "from kilnmix.tracking import live\n"
        "with live.stage(Params.model_validate_json(sys.argv[1]), 'train', 0) as telling:\n"
        f"    telling.begin({KEY!r}, {dict(PART.tags)!r})\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, params.model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stage:
        assert stage.stdout is not None
        assert stage.stdout.readline() == "begun\n"
        wait_for(lambda: len(by_level(params).get("training", [])) == 1)
        os.kill(stage.pid, signal.SIGKILL)
    wait_for(lambda: not journal.folders())
    assert {run.info.status for group in by_level(params).values() for run in group} == {"KILLED"}


@pytest.mark.parametrize(("error", "status"), [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_a_stage_that_fails_says_so(
    error: type[BaseException], status: str, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Beside:
        """The sender in a thread: what it sends is looked at, not that it is a process."""

        def __init__(self, command: list[str], **_: object) -> None:
            self._ended = threading.Event()
            self._thread = threading.Thread(target=serve, args=(Path(command[-1]), self._ended))
            self._thread.start()
            self.stdin = self

        def close(self) -> None:
            self._ended.set()

        def wait(self, seconds: float) -> None:
            self._thread.join()

    monkeypatch.setattr(live, "Popen", Beside)
    with pytest.raises(error), live.stage(params, "prepare") as telling:
        telling.points({"photographs": 3.0}, 0)
        raise error
    (stage,) = by_level(params)["stage"]
    assert (stage.info.status, stage.data.metrics["photographs"]) == (status, 3.0)
    assert live.current() is not telling


def test_outside_of_a_stage_nobody_is_told(params: Params) -> None:
    live.current().points({"loss": 1.0}, 1)
    live.current().publish([WHOLE])
    assert not journal.folders()


def test_a_stage_that_is_run_again_with_the_same_result_has_one_run(params: Params) -> None:
    for _ in range(2):  # as after a kill between the last event and the end
        made = opened(params, "train", 0)
        made.tell("begin", key=KEY, tags=dict(PART.tags))
        live.Live(made).publish([WHOLE, PART])
        made.tell("stop", status="FINISHED")
        made.close()
        assert send_left() == 1
    assert {level: [run.info.status for run in group] for level, group in by_level(params).items()} == {
        "study": ["FINISHED"],
        "stage": ["FINISHED"],
        "training": ["FINISHED"],
    }


def test_a_run_restored_from_the_cache_is_logged_once(params: Params) -> None:
    made = opened(params, "train", 0)
    live.Live(made).publish([WHOLE, replace(PART, seconds=3.0)])
    made.tell("stop", status="FINISHED")
    Sender(made.folder).send()
    assert publish(params, [WHOLE, PART]) == 0
    assert [len(group) for group in by_level(params).values()] == [1, 1, 1]


def test_a_training_that_confirm_takes_up_is_logged_once_and_names_its_other_arms(params: Params) -> None:
    again = [replace(PART, tags=tags("confirm", 0, 0, arm=arm, seed=1)) for arm in ("searched", "real-searched")]
    told = [WHOLE, PART, replace(WHOLE, tags=tags("confirm", 0)), *again]
    assert publish(params, told) == 3
    assert publish(params, told) == 0
    (training,) = by_level(params)["training"]
    assert (training.data.tags["arm"], training.data.tags["confirmed_as"]) == ("real", "searched, real-searched")


def test_two_arms_of_confirm_that_are_one_training_are_one_run(params: Params) -> None:
    first, second = (replace(PART, tags=tags("confirm", 0, 0, arm=arm, seed=1)) for arm in ("searched", "repeat"))
    assert publish(params, [WHOLE, first, second]) == 2
    assert publish(params, [WHOLE, first, second]) == 0
    (training,) = by_level(params)["training"]
    assert training.data.tags["confirmed_as"] == "repeat"


def test_a_picture_is_shown_while_the_stage_runs_even_if_it_is_gone_by_then(params: Params, tmp_path: Path) -> None:
    made = opened(params, "finetune", 0, 0)
    (tmp_path / "000100.png").write_bytes(b"a row")
    live.Live(made).picture(tmp_path / "000100.png", "samples")
    (tmp_path / "000100.png").unlink()
    live.Live(made).picture(tmp_path / "000100.png", "samples")
    Sender(made.folder).send()
    (stage,) = by_level(params)["stage"]
    assert stage.info.status == "RUNNING"
    client, _ = open_store(params)
    assert [file.path for file in client.list_artifacts(stage.info.run_id, "samples")] == ["samples/000100.png"]
