"""The one door to MLflow: store, runs, tags, dataset inputs, artifacts.

A stage writes what it has to say about its runs into its own outputs as records (`records.json`); publishing copies
them to MLflow. So the outputs hold the truth: a stage that DVC restored from its cache ran nothing and logged nothing,
and `kilnmix runs` fills in what is missing.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kilnmix.common.errors import UserError
from kilnmix.common.paths import Fold
from kilnmix.config import Params

if TYPE_CHECKING:
    from mlflow import MlflowClient

RECORDS = "records.json"
# Lets the UI open on training runs instead of language-model traces.
_KIND = {"mlflow.experimentKind": "custom_model_development"}
_METRICS_A_CALL, _PARAMS_A_CALL = 900, 100
_LOGGED, _BEGUN = "kilnmix.record", "kilnmix.begun"
"""Tags with a record's digest: of a run that is logged wholly, and of one whose logging has begun."""


@dataclass(frozen=True)
class DataInput:
    """A data set that a run read: a DVC output by its path, what it was for, and which bytes it had.

    Attributes:
        digest: worked out when the input is named; empty where there is nothing.
    """

    path: str
    context: str
    digest: str | None = None

    def __post_init__(self) -> None:
        if self.digest is None:
            object.__setattr__(self, "digest", content_digest(Path(self.path)))


def content_digest(path: Path) -> str:
    """SHA-256 of a file or of a folder's files and their names, but for records, which tell of runs; empty for nothing.

    What a .dvc file stands for, such as the photographs, is known by the md5 in there and is not read again.
    """
    pointer = path.with_name(f"{path.name}.dvc")
    if pointer.exists():
        return str(dvc_digest(str(path)))
    if path.is_file():
        return _file_digest(path.resolve(), path.stat().st_mtime_ns, path.stat().st_size)
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != RECORDS)
    if not files:
        return ""
    summary = hashlib.sha256()
    for file in files:
        state = file.stat()
        of_file = _file_digest(file.resolve(), state.st_mtime_ns, state.st_size)
        summary.update(f"{file.relative_to(path).as_posix()}\0{of_file}\n".encode())
    return summary.hexdigest()


@functools.lru_cache(maxsize=65536)
def _file_digest(path: Path, stamp: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Record:
    """What is to be known of one run.

    Attributes:
        name: what the MLflow UI shows.
        tags: the flat tags stage, arm, fold, adapter, seed, task, study, trial, as far as they apply.
        curves: metric -> (step, value) pairs.
        artifacts: files or folders, relative to the project.
        model: the folder of a trained model to register, if any.
        seconds: how long the run took, where that is known. Not written down and no part of the digest: outputs are the
            same whether a stage was killed in between or not.
    """

    name: str
    tags: Mapping[str, str]
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    inputs: Sequence[DataInput] = ()
    artifacts: Sequence[str] = ()
    model: str | None = None
    seconds: float | None = None

    @property
    def digest(self) -> str:
        """Identifies the run by what it was, what it read, and what it found."""
        return hashlib.sha256(json.dumps(_lasting(self), sort_keys=True, default=str).encode()).hexdigest()


def _lasting(record: Record) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name != "seconds"}


def write(folder: Path, records: Sequence[Record]) -> None:
    text = json.dumps([_lasting(record) for record in records], ensure_ascii=False, indent=1, default=str)
    (folder / RECORDS).write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> list[Record]:
    """The records in a stage's outputs."""
    return [
        Record(**{**entry, "inputs": tuple(DataInput(**{"digest": "", **item}) for item in entry["inputs"])})
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings -> `group.name` keys, as MLflow shows parameters."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            flat.update(flatten(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def store_uri(params: Params) -> str:
    """The server of the settings, or the database in the tracking folder."""
    return params.tracking.uri or f"sqlite:///{(params.tracking.folder / 'mlflow.db').resolve()}"


def open_store(params: Params) -> tuple[MlflowClient, str]:
    """A client and the id of this project's experiment; makes both once, under a lock.

    Several processes that open one new database together would break its migrations.

    Raises:
        UserError: the store does not answer.
    """
    import logging

    from filelock import FileLock
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    folder = params.tracking.folder
    folder.mkdir(parents=True, exist_ok=True)
    name = params.experiment.name
    try:
        with FileLock(folder / "mlflow.lock"):
            client = MlflowClient(store_uri(params))
            experiment = client.get_experiment_by_name(name)
            if experiment is not None:
                return client, experiment.experiment_id
            artifacts = None if params.tracking.uri else (folder / "artifacts").resolve().as_uri()
            return client, client.create_experiment(name, artifact_location=artifacts, tags=_KIND)
    except MlflowException as error:
        raise UserError(
            f"The MLflow store {store_uri(params)} does not answer: {error.message}. "
            "Check tracking.uri and tracking.folder."
        ) from error


def dvc_digest(path: str) -> str | None:
    """The md5 under which DVC knows `path`: from its .dvc file, or from dvc.lock; None when DVC does not know it."""
    single, lock = Path(f"{path}.dvc"), Path("dvc.lock")
    if single.exists():
        return str(_parsed(single)["outs"][0]["md5"])
    if lock.exists():
        for stage in _parsed(lock).get("stages", {}).values():
            for out in stage.get("outs", []):
                if out["path"] == path:
                    return str(out["md5"])
    return None


def _parsed(path: Path) -> Mapping[str, Any]:
    """A file of DVC's, parsed again only when it has changed: a stage looks many digests up."""
    state = path.stat()
    return _yaml(path.resolve(), state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=64)
def _yaml(path: Path, stamp: int, size: int) -> Mapping[str, Any]:
    import yaml

    # Ten times as fast, where libyaml is there.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_bytes(), loader) or {}


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


def commit() -> str | None:
    """The git commit that is checked out, None outside a repository."""
    return (_git("rev-parse", "HEAD") or "").strip() or None


def uncommitted() -> bool:
    """Whether the code, the settings or the data differ from the commit. dvc.lock is left out: a run writes it."""
    return bool(_git("status", "--porcelain", "--", "src", "conf", "params.yaml", "dvc.yaml", "*.dvc"))


def _git(*arguments: str) -> str | None:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def publish_or_warn(params: Params, records: Sequence[Record]) -> None:
    """`publish`, but a fault of the store costs a warning and not the stage: its outputs hold the records."""
    try:
        publish(params, records)
    except Exception as error:
        print(
            f"These runs are not in MLflow ({error}). Nothing is lost: `kilnmix runs` logs them from the outputs.",
            file=sys.stderr,
        )


def tags(stage: str, fold: Fold | None = None, adapter: int | None = None, **more: object) -> dict[str, str]:
    """The flat tags that every run carries, as far as they apply."""
    named = {"stage": stage, "fold": fold, "adapter": adapter, **more}
    return {name: str(value) for name, value in named.items() if value is not None}
