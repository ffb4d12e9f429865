"""Copies records into MLflow, each once."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kilnmix.config import Params
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record
from kilnmix.tracking.revision import commit, dvc_digest
from kilnmix.tracking.store import open_store

if TYPE_CHECKING:
    from mlflow import MlflowClient

_METRICS_A_CALL, _PARAMS_A_CALL = 900, 100
_LOGGED, _BEGUN = "kilnmix.record", "kilnmix.begun"
"""Tags with a record's digest: of a run that is logged wholly, and of one whose logging has begun."""


def publish(params: Params, records: Iterable[Record]) -> int:
    """Logs records as finished MLflow runs; those that are there already are passed over.

    A run counts as there when all of it is, its registered model too; one that was broken off is logged anew.

    Returns:
        How many runs were logged.
    """
    client, experiment = open_store(params)
    known, begun = _known(client, experiment)
    logged = 0
    for record in records:
        digest = record.digest
        if digest in known:
            continue
        for broken_off in begun.pop(digest, []):
            client.delete_run(broken_off)
        run_id, ended = _log(client, experiment, record)
        if record.model:
            register(client, params, run_id, Path(record.model))
        client.set_tag(run_id, _LOGGED, digest)
        client.set_terminated(run_id, end_time=ended)
        known.add(digest)
        logged += 1
    return logged


def register(client: MlflowClient, params: Params, run_id: str, folder: Path) -> None:
    """Makes a trained model a version of the registered model of the experiment's name."""
    from mlflow.exceptions import MlflowException

    from kilnmix.tracking import mlflow_model as served

    name = params.experiment.name
    with tempfile.TemporaryDirectory() as draft:
        served.save(folder, Path(draft) / "model")
        client.log_artifacts(run_id, str(Path(draft) / "model"), "model")
    with contextlib.suppress(MlflowException):  # it is there already
        client.create_registered_model(name, description="The classifier that kilnmix's stage `refit` trains.")
    uri = client.get_run(run_id).info.artifact_uri
    client.create_model_version(name, source=f"{uri}/model", run_id=run_id)


def _known(client: MlflowClient, experiment: str) -> tuple[set[str], dict[str, list[str]]]:
    """The digests of the records that are logged, and digest -> runs of those whose logging was broken off."""
    known: set[str] = set()
    begun: dict[str, list[str]] = {}
    token = None
    while True:
        page = client.search_runs([experiment], max_results=1000, page_token=token)
        for run in page:
            if _LOGGED in run.data.tags:
                known.add(run.data.tags[_LOGGED])
            elif _BEGUN in run.data.tags:
                begun.setdefault(run.data.tags[_BEGUN], []).append(run.info.run_id)
        token = page.token
        if not token:
            return known, begun


def _log(client: MlflowClient, experiment: str, record: Record) -> tuple[str, int | None]:
    """Logs one record into a run that is left running; returns the run's id and when it ended, in ms, if known."""
    from mlflow.entities import Metric, Param

    tags = {"mlflow.runName": record.name, _BEGUN: record.digest, **record.tags}
    checked_out = commit()
    if checked_out:
        tags["mlflow.source.git.commit"] = checked_out
    now = int(time.time() * 1000)
    run = client.create_run(experiment, start_time=now - int(1000 * (record.seconds or 0)), tags=tags)
    run_id = run.info.run_id
    metrics = [Metric(_key(name), value, now, 0) for name, value in record.metrics.items()]
    metrics += [Metric(_key(name), value, now, step) for name, curve in record.curves.items() for step, value in curve]
    settings = [Param(_key(name), str(value)[:6000]) for name, value in record.params.items()]
    for start in range(0, len(metrics), _METRICS_A_CALL):
        client.log_batch(run_id, metrics=metrics[start : start + _METRICS_A_CALL])
    for start in range(0, len(settings), _PARAMS_A_CALL):
        client.log_batch(run_id, params=settings[start : start + _PARAMS_A_CALL])
    inputs = [entry for entry in map(_dataset_input, record.inputs) if entry is not None]
    if inputs:
        client.log_inputs(run_id, datasets=inputs)
    for name in record.artifacts:
        path = Path(name)
        if path.is_dir():
            client.log_artifacts(run_id, str(path), path.name)
        elif path.exists():
            client.log_artifact(run_id, str(path))
    return run_id, now if record.seconds else None


def _key(name: str) -> str:
    """A name that MLflow takes: a task's may hold commas or brackets."""
    return re.sub(r"[^\w./ :-]", "_", name)


def _dataset_input(source: DataInput) -> Any | None:
    """An MLflow dataset input that names a DVC output by its md5; None where DVC does not know the path."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digest = dvc_digest(source.path)
    if digest is None:
        return None
    where = json.dumps({"uri": source.path})
    dataset = Dataset(name=source.path, digest=digest, source_type="local", source=where)
    return DatasetInput(dataset, [InputTag("mlflow.data.context", source.context)])


def publish_or_warn(params: Params, records: Sequence[Record]) -> None:
    """`publish`, but a fault of the store costs a warning and not the stage: its outputs hold the records."""
    try:
        publish(params, records)
    except Exception as error:
        print(
            f"These runs are not in MLflow ({error}). Nothing is lost: `kilnmix runs` logs them from the outputs.",
            file=sys.stderr,
        )
