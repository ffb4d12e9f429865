"""The process that sends a stage's journal to MLflow: `python -m kilnmix.tracking.sender FOLDER`.

It ends when the stage has, after it has sent the rest. Standard input is a pipe from the stage, which closes when the
stage ends, however that went.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kilnmix.common import environment
from kilnmix.config import Params
from kilnmix.tracking import events, faults, journal
from kilnmix.tracking.location import store_uri
from kilnmix.tracking.naming import run_name
from kilnmix.tracking.provenance import command
from kilnmix.tracking.publishing import fill, only_publisher, stage_key
from kilnmix.tracking.records import Record, parsed
from kilnmix.tracking.shelf import LEVEL, LIVE, NAME, Shelf, live_tag, plain

_SOONEST, _LATEST, _SHARE = 1.0, 15.0, 1 / 15
_SAMPLE_SECONDS = 10.0
_FOR_GOOD = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "INVALID_STATE", "BAD_REQUEST")
"""MLflow's codes for what it refuses however often it is asked."""


class Sender:
    """Turns a journal's events into calls of MLflow, a batch at a time.

    Args:
        folder: the journal.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._offset, self._runs = journal.sent(folder)
        self._shelf: Shelf | None = None
        self._there: dict[str, dict[str, set[int]]] = {}
        self._points: dict[str, list[tuple[str, int, float, int]]] = {}
        self._running: dict[str, None] = {}
        self._own, self._study = "", ""
        self._repeated: list[str] = []
        self._at = 0
        self.stopped = False

    @property
    def stage_run(self) -> str | None:
        """The id of the stage's run, once it is there."""
        return self._runs.get(self._own)

    @property
    def uri(self) -> str:
        """Of the store."""
        assert self._shelf is not None
        return store_uri(self._shelf.params)

    def send(self) -> None:
        """Sends what the journal holds by now.

        Raises:
            Exception: whatever MLflow or the store raises; what was not sent is sent by a later call.
        """
        if self._shelf is None and self._offset:
            self._take_up()
        told, offset = journal.read(self.folder, self._offset)
        for event in told:
            self._at = event["at"]
            self._take(event)
        self._flush()
        if told:
            self._offset = offset
            journal.note_sent(self.folder, offset, self._runs)

    def close(self) -> None:
        """Closes as KILLED what a stage that did not stop has left open, and deletes runs that say nothing new."""
        for key in list(self._running):
            self._end(key, "KILLED", self._at)
        if self._shelf is not None and not self.stopped:
            self._shelf.client.set_terminated(self._study, status="KILLED", end_time=self._at)
        while self._shelf is not None and self._repeated:
            self._shelf.client.delete_run(self._repeated.pop())

    def _take_up(self) -> None:
        """Learns from the part that was sent before which runs were open."""
        told, _ = journal.read(self.folder, 0)
        sent = journal.sent(self.folder)[1]
        for event in told:
            if event["event"] == "open":
                self._open(event)
            elif event["event"] == "begin" and event["key"] in sent:
                self._running[event["key"]] = None
            elif event["event"] == "end":
                self._running.pop(event["key"], None)
            elif event["event"] == "stop":
                self._running.clear()
                self.stopped = True
            self._at = event["at"]

    def _take(self, event: dict[str, Any]) -> None:
        kind, key = event["event"], event.get("key") or self._own
        if kind == "open":
            self._open(event)
        elif kind == "begin":
            self._begin(key, event)
        elif kind == "points":
            self._points.setdefault(key, []).extend(
                (name, event["step"], value, event["at"]) for name, value in event["values"].items()
            )
        elif kind == "picture":
            self._picture(key, self.folder / event["file"], event["folder"])
        elif kind == "end":
            self._flush()
            self._end(key, event["status"], event["at"], event.get("tags"))
        elif kind == "publish":
            self._flush()
            self._publish(event["records"])
        elif kind == "stop":
            self._flush()
            for left in list(self._running):
                self._end(left, event["status"], event["at"])
            if self._shelf is not None:
                self._shelf.client.set_terminated(self._study, status=event["status"], end_time=event["at"])
            self.stopped = True

    def _open(self, event: dict[str, Any]) -> None:
        params = Params.model_validate(event["params"])
        self._own = stage_key(params, event["stage"], *event["item"])
        shelf = self._shelf = Shelf.open(params)
        self._study = shelf.study()
        shelf.client.update_run(self._study, status="RUNNING")
        self._begin(self._own, event)

    def _begin(self, key: str, event: dict[str, Any]) -> None:
        assert self._shelf is not None
        tags, level, parent = event["tags"], "stage", self._study
        if key != self._own:
            level = event.get("level", "training")
            parent = self._runs.get(event.get("above") or "", self._runs[self._own])
        name = run_name(tags, whole=level == "stage")
        more = {NAME: name, LEVEL: level, LIVE: live_tag(self.folder), "mlflow.source.name": command(tags)}
        if key in self._shelf.unfilled:
            self._there[key] = {}
        self._runs[key] = self._shelf.begin(key, {**tags, **more}, event["at"], parent=parent)
        if key != self._own:
            self._shelf.settings(self._runs[key], event.get("params") or {})
        self._running[key] = None

    def _picture(self, key: str, path: Path, folder: str) -> None:
        if self._shelf is not None and key in self._runs and path.exists():
            self._shelf.client.log_artifact(self._runs[key], str(path), folder)

    def _end(self, key: str, status: str, at: int, tags: dict[str, str] | None = None) -> None:
        if key in self._running and self._shelf is not None:
            if tags:
                self._shelf.tag(self._runs[key], tags)
            self._shelf.client.set_terminated(self._runs[key], status=status, end_time=at)
        self._running.pop(key, None)

    def _flush(self) -> None:
        while self._points:
            key, points = next(iter(self._points.items()))
            if self._shelf is not None and key in self._runs:
                self._shelf.points(self._runs[key], self._new(key, points))
            del self._points[key]

    def _new(self, key: str, points: list[tuple[str, int, float, int]]) -> list[tuple[str, int, float, int]]:
        """Without what a run that goes on has from before: it begins a little before the place where it was stopped."""
        if key not in self._there or self._shelf is None:
            return points
        there = self._there[key]
        for name in {name for name, *_ in points} - set(there):
            history = self._shelf.client.get_metric_history(self._runs[key], plain(name))
            there[name] = {point.step for point in history}
        return [point for point in points if point[1] not in there[point[0]]]

    def _publish(self, records: list[dict[str, Any]]) -> None:
        assert self._shelf is not None
        with only_publisher(self._shelf.params):
            # What another process has published meanwhile is there already.
            shelf, told = Shelf.open(self._shelf.params), parsed(records)
            fill(shelf, told, self._own)
            self._note_repeated(shelf, told)

    def _note_repeated(self, shelf: Shelf, told: list[Record]) -> None:
        """This journal's runs whose record had been logged into another before: a stage that was run again."""
        for place, record in enumerate(told):
            key = self._own if place == 0 else record.key
            run_id = self._runs.get(key or "")
            filled = shelf.logged.get(record.digest)
            if key and run_id and filled not in (None, run_id) and shelf.unfilled.get(key) == run_id:
                self._repeated.append(run_id)


def send_left(own: Path | None = None) -> int:
    """Sends what earlier stages could not, and closes what they left open; returns how many journals are done.

    Args:
        own: the journal of the caller, which is not touched.

    Raises:
        Exception: as `Sender.send`.
    """
    done = 0
    for folder in journal.folders():
        if (own is not None and folder.resolve() == own.resolve()) or not journal.is_left(folder):
            continue
        with journal.sending(folder) as mine:
            if not mine or not folder.exists():
                continue
            if fault := events.fault(folder) or _refused(folder):
                print(
                    f"kilnmix: what a stage told while it ran cannot be sent to MLflow ({fault}); it is kept in "
                    f"{journal.put_aside(folder)}. Its results are not touched: `kilnmix runs` logs them.",
                    file=sys.stderr,
                )
                continue
            shutil.rmtree(folder, ignore_errors=True)
            done += 1
    return done


def _refused(folder: Path) -> str:
    """Sends a journal; returns why MLflow will never take it, such as a run that was deleted meanwhile; else nothing.

    Raises:
        Exception: as `Sender.send`.
    """
    from mlflow.exceptions import MlflowException

    sender = Sender(folder)
    try:
        sender.send()
        sender.close()
    except MlflowException as error:
        if error.error_code not in _FOR_GOOD:
            raise
        return str(error).strip().splitlines()[0].rstrip(".")
    return ""


def serve(folder: Path, ended: threading.Event) -> None:
    """Sends a journal until its stage has ended, and first those that were left."""
    send_left(folder)
    with journal.sending(folder, wait=10.0) as mine:
        if not mine:
            return
        sender, watching, began = Sender(folder), _nothing, time.monotonic()
        while not sender.stopped:
            last = ended.is_set()
            sender.send()
            if last:
                break
            if watching is _nothing and sender.stage_run is not None:
                watching = _watch_machine(sender.stage_run, sender.uri)
            ended.wait(pause(time.monotonic() - began))
        watching()
        sender.close()
        shutil.rmtree(folder, ignore_errors=True)


def pause(running: float) -> float:
    """Seconds until the next batch, after a stage has run for so many: every second at first, then more seldom."""
    return min(max(running * _SHARE, _SOONEST), _LATEST)


def _nothing() -> None:
    pass


def _watch_machine(run_id: str, uri: str) -> Callable[[], None]:
    """Logs what the processor, memory, disk and GPUs do; returns what ends that."""
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    monitor = SystemMetricsMonitor(
        run_id, sampling_interval=_SAMPLE_SECONDS, samples_before_logging=1, resume_logging=True, tracking_uri=uri
    )
    monitor.start()
    return monitor.finish


def main() -> None:
    environment.settle()
    folder = Path(sys.argv[1])
    ended = threading.Event()

    def listen() -> None:
        # Not by sys.stdin: this thread may still wait when the process ends, and Python's own buffer has a lock.
        while os.read(0, 4096):
            pass
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        serve(folder, ended)
    except Exception as error:
        print(
            f"MLflow does not show this stage yet; its runs wait in {folder}. {_sentence(folder, error)}",
            file=sys.stderr,
        )
        sys.exit(1)


def _sentence(folder: Path, error: Exception) -> str:
    told, _ = journal.read(folder, 0)
    try:
        params = Params.model_validate(told[0]["params"])
    except (IndexError, KeyError, TypeError, ValueError):
        return str(error) or type(error).__name__
    return str(faults.told(params, error))


if __name__ == "__main__":
    main()
