"""The runs of an experiment: found by what they are, begun, filled, and closed.

One run is one thing that happened: a stage, a training, a trial of a search, or the study above them. Tags say which:

    kilnmix.key       what a run is about, known from its first second; a run that was stopped goes on under its key
    kilnmix.record    digest of the record that it was filled from; such a run is complete
    kilnmix.begun     the same, while it is being filled
    kilnmix.study     the run above the stages
    confirmed_as      arms of `confirm` that the same training stands for
    kilnmix.live      machine and journal of the process that keeps it alive
"""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kilnmix.config import Params
from kilnmix.tracking.provenance import of_project, study_key, study_name
from kilnmix.tracking.records import Status
from kilnmix.tracking.store import open_store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

KEY, LOGGED, BEGUN, LIVE = "kilnmix.key", "kilnmix.record", "kilnmix.begun", "kilnmix.live"
LEVEL, PARENT, NAME = "level", "mlflow.parentRunId", "mlflow.runName"
STUDY, CONFIRMED = "kilnmix.study", "confirmed_as"
SETTINGS = "params.json"
"""Artifact of a study's run: the settings that its stages were run with."""
_METRICS_A_CALL, _PARAMS_A_CALL = 900, 100
_LONGEST = 6000
"""Characters of a parameter; MLflow takes no longer ones."""


@dataclass
class Shelf:
    """The runs that are there.

    Attributes:
        logged: a record's digest -> the run that was filled from it.
        unfilled: key -> the newest run that no record has filled yet.
        begun: a record's digest -> the run whose filling was broken off.
        trained: a training's digest -> its run and that one's key; without the search's.
        confirmed: run -> the other arms that it stands for.
    """

    client: MlflowClient
    experiment: str
    params: Params
    logged: dict[str, str] = field(default_factory=dict)
    unfilled: dict[str, str] = field(default_factory=dict)
    begun: dict[str, str] = field(default_factory=dict)
    trained: dict[str, tuple[str, str]] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, params: Params) -> Shelf:
        """Reads what is there.

        Raises:
            UserError: as `open_store`.
        """
        client, experiment = open_store(params)
        shelf = cls(client, experiment, params)
        for run in runs(client, experiment):
            shelf._note(run)
        return shelf

    def _note(self, run: Run) -> None:
        tags, run_id = run.data.tags, run.info.run_id
        if LOGGED in tags:
            self.logged[tags[LOGGED]] = run_id
            self.note_training(run_id, tags)
            if CONFIRMED in tags:
                self.confirmed[run_id] = tags[CONFIRMED]
        elif KEY in tags:
            self.unfilled.setdefault(tags[KEY], run_id)  # newest first
            if BEGUN in tags:
                self.begun.setdefault(tags[BEGUN], run_id)
        elif BEGUN in tags:
            self.begun.setdefault(tags[BEGUN], run_id)

    def note_training(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Remembers a run that is complete, if it is that of a training."""
        if tags.get(LEVEL) == "training" and tags.get("stage") != "search":
            self.trained[tags[KEY].rpartition("/")[2]] = run_id, tags[KEY]

    def study(self) -> str:
        """The run above all stages of this state of the project; made if it is not there."""
        key = study_key(self.params)
        if key not in self.unfilled:
            tags = {LEVEL: "study", NAME: study_name(self.params)}
            self.unfilled[key] = self.begin(key, tags, running=False)
            self.client.log_text(self.unfilled[key], self.params.model_dump_json(), SETTINGS)
        return self.unfilled[key]

    def begin(
        self,
        key: str,
        tags: Mapping[str, str],
        started: int | None = None,
        running: bool = True,
        parent: str | None = None,
        status: Status = "FINISHED",
    ) -> str:
        """The run of a key: the one that was stopped, which goes on, or a new one.

        Args:
            started: in ms since 1970; now, if not given.
            running: whether it is under way, or only to be filled.
            status: how a run ended that is only to be filled.
        """
        more = {KEY: key, **({PARENT: parent, STUDY: self.study()} if parent else {}), **tags}
        run_id = self.unfilled.get(key)
        if run_id is None:
            now = int(time.time() * 1000)
            made = self.client.create_run(
                self.experiment, start_time=started or now, tags={**of_project(self.params), **more}
            )
            run_id = self.unfilled[key] = made.info.run_id
        else:
            self.tag(run_id, more)
            if running:
                self.client.update_run(run_id, status="RUNNING")
        # What ended that way while it was under way keeps the time at which it did.
        if not running and self.client.get_run(run_id).info.status != status:
            self.client.set_terminated(run_id, status=status)
        return run_id

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        from mlflow.entities import RunTag

        self.client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])

    def settings(self, run_id: str, params: Mapping[str, object]) -> None:
        """Logs parameters; those that are there with the same value stay."""
        from mlflow.entities import Param

        entries = [Param(plain(name), str(value)[:_LONGEST]) for name, value in params.items()]
        for start in range(0, len(entries), _PARAMS_A_CALL):
            self.client.log_batch(run_id, params=entries[start : start + _PARAMS_A_CALL])

    def points(self, run_id: str, points: Sequence[tuple[str, int, float, int]]) -> None:
        """Logs (metric, step, value, ms since 1970)."""
        from mlflow.entities import Metric

        metrics = [Metric(plain(name), value, at, step) for name, step, value, at in points]
        for start in range(0, len(metrics), _METRICS_A_CALL):
            self.client.log_batch(run_id, metrics=metrics[start : start + _METRICS_A_CALL])

    def close_left(self) -> int:
        """Closes as KILLED what says that it runs, though nothing keeps it alive; returns how many runs that were.

        A run of this machine whose journal is gone has nobody. One that has no journal was being filled when that was
        broken off (before runs were alive); only the holder of the lock fills.
        """
        closed = 0
        for run in runs(self.client, self.experiment, "attributes.status = 'RUNNING'"):
            host, _, journal = run.data.tags.get(LIVE, "").partition(":")
            gone = host == platform.node() and not Path(journal).exists()
            if gone or (LIVE not in run.data.tags and BEGUN in run.data.tags):
                self.client.set_terminated(run.info.run_id, status="KILLED")
                closed += 1
        return closed


def runs(client: MlflowClient, experiment: str, query: str = "") -> list[Run]:
    """All runs of an experiment that a filter lets through, the newest first."""
    found: list[Run] = []
    token = None
    while True:
        page = client.search_runs(
            [experiment], query, max_results=1000, page_token=token, order_by=["attributes.start_time DESC"]
        )
        found += page
        token = page.token
        if not token:
            return found


def plain(name: str) -> str:
    """A name that MLflow takes: a task's may hold commas or brackets."""
    return re.sub(r"[^\w./ :-]", "_", name)


def live_tag(journal: Path) -> str:
    """The value of the tag `kilnmix.live` for a journal's folder."""
    return f"{platform.node()}:{journal.resolve()}"
