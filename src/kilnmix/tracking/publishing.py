"""Fills MLflow's runs from records, each once."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kilnmix.common.paths import REPORTS
from kilnmix.config import Params
from kilnmix.tracking import confusion, faults, registry
from kilnmix.tracking.cards import markdown
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.naming import data_name, run_name
from kilnmix.tracking.provenance import ITEMS, command, study_key
from kilnmix.tracking.records import Record
from kilnmix.tracking.revision import dvc_digest
from kilnmix.tracking.shelf import BEGUN, CONFIRMED, KEY, LEVEL, LOGGED, NAME, Shelf, plain

_STAGE, _TRIAL = ("stage", "fold", "look"), ("study", "trial")
"""Tags that say which stage and which trial a record belongs to."""


def publish(params: Params, records: Iterable[Record]) -> int:
    """Logs records as finished MLflow runs; those that are there already are passed over.

    A run counts as there when all of it is, its registered model too; one that was broken off is filled further, and
    one that was alive while its stage ran is completed. One process publishes at a time.

    A training that `confirm` took up from `train` is no run of its own: the tag `confirmed_as` names its other arms.

    Args:
        records: each stage's own before those of its trials, and these before those of their trainings.

    Returns:
        How many runs were logged.

    Raises:
        UserError: the store cannot be had.
    """
    try:
        with only_publisher(params):
            shelf = Shelf.open(params)
            logged = fill(shelf, records)
            shelf.close_left()
            return logged
    except Exception as error:
        raise faults.told(params, error) from error


def lacking(params: Params, records: Iterable[Record]) -> list[Record]:
    """The records that `publish` would log.

    Raises:
        UserError: the store cannot be had.
    """
    try:
        shelf = Shelf.open(params)
    except Exception as error:
        raise faults.told(params, error) from error
    return [each for each in records if each.digest not in shelf.logged and _trained_before(shelf, each) is None]


@contextlib.contextmanager
def only_publisher(params: Params) -> Iterator[None]:
    """Holds the lock under which runs are filled."""
    from filelock import FileLock

    params.tracking.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(params.tracking.folder / "publish.lock"):
        yield


def fill(shelf: Shelf, records: Iterable[Record], stage_key: str | None = None) -> int:
    """Fills a run from every record that is new, under the lock of `only_publisher`; returns how many.

    Args:
        stage_key: of the live run that the first record belongs to.
    """
    filled, above = 0, dict[tuple[str | None, ...], str]()
    for place, record in enumerate(records):
        digest, stage = record.digest, _place(record, *_STAGE)
        own_place = _place(record, *_STAGE, *_TRIAL) if record.level == "trial" else stage
        if digest in shelf.logged:
            if record.level != "training":
                above[own_place] = shelf.logged[digest]
            continue
        twin = _trained_before(shelf, record)
        if twin:
            _also(shelf, twin, record)
            continue
        key = record.key
        if key is None:
            parent = shelf.study()
            key = stage_key if place == 0 and stage_key else _stage_key(shelf.params, record)
        else:
            # A training of no trial has None for its study and trial, which no trial has.
            trial = above.get(_place(record, *_STAGE, *_TRIAL)) if record.level == "training" else None
            parent = trial or above.get(stage) or shelf.study()
        run_id = _fill(shelf, record, digest, key, parent)
        if record.level != "training":
            above[own_place] = run_id
        filled += 1
    return filled


def _place(record: Record, *names: str) -> tuple[str | None, ...]:
    return tuple(record.tags.get(name) for name in names)


def _trained_before(shelf: Shelf, record: Record) -> str | None:
    """The run of a training that `confirm` did not make anew: that of another arm, which is the same one."""
    key = record.key
    if key is None or record.tags.get("stage") != "confirm" or key in shelf.unfilled:
        return None
    run_id, known = shelf.trained.get(key.rpartition("/")[2], ("", key))
    return run_id if known != key else None


def _also(shelf: Shelf, run_id: str, record: Record) -> None:
    """Says on a training's run that another arm is the same one, which is logged once."""
    arms, arm = shelf.confirmed.get(run_id, ""), record.tags.get("arm", "")
    if arm not in arms.split(", "):
        shelf.confirmed[run_id] = f"{arms}, {arm}" if arms else arm
        shelf.tag(run_id, {CONFIRMED: shelf.confirmed[run_id]})


def _stage_key(params: Params, record: Record) -> str:
    if "stage" not in record.tags:
        return f"record/{record.digest[:16]}"
    named = ITEMS.get(record.tags["stage"], ("fold",))
    item = [record.tags[name] for name in named if name in record.tags]
    return stage_key(params, record.tags["stage"], *item)


def stage_key(params: Params, stage: str, *item: object) -> str:
    """What a stage's run is about: the stage, its fold and adapter, and the state of the project that it runs in."""
    return "/".join(map(str, (study_key(params), stage, *item)))


def _fill(shelf: Shelf, record: Record, digest: str, key: str, parent: str) -> str:
    """Logs one record into its run, and the registered model that belongs to it."""
    client, now = shelf.client, int(time.time() * 1000)
    known = shelf.begun.get(digest) or shelf.unfilled.get(key)
    if known:
        shelf.unfilled[key] = known
    tags = {
        NAME: run_name(record.tags, whole=record.level == "stage") if "stage" in record.tags else record.name,
        LEVEL: record.level,
        "mlflow.source.name": command(record.tags),
        **record.tags,
        BEGUN: digest,
    }
    started = now - int(1000 * (record.seconds or 0))
    run_id = shelf.begin(key, tags, started, running=known is None, parent=parent, status=record.status)
    _log(shelf, run_id, record, now, again=known is not None)
    if record.model:
        photographs = next((source.digest or "" for source in record.inputs), "")
        registry.register(client, shelf.params, run_id, Path(record.model), photographs)
    if record.tags.get("stage") == "compare":
        _tell_study(shelf, parent, record)
    shelf.tag(run_id, {LOGGED: digest})
    if known is None or client.get_run(run_id).info.status == "RUNNING":
        client.set_terminated(run_id, status=record.status, end_time=now)
    shelf.logged[digest] = run_id
    shelf.note_training(run_id, {KEY: key, **tags})
    shelf.unfilled.pop(key, None)
    shelf.begun.pop(digest, None)
    return run_id


def _log(shelf: Shelf, run_id: str, record: Record, now: int, again: bool) -> None:
    """Params, metrics, curves, inputs, artifacts.

    Args:
        again: whether some of it may be there already.
    """
    client = shelf.client
    shelf.settings(run_id, record.params)
    there = set(client.get_run(run_id).data.metrics) if again else set()
    points = [(name, 0, value, now) for name, value in record.metrics.items() if plain(name) not in there]
    for name, curve in record.curves.items():
        steps = {point.step for point in client.get_metric_history(run_id, plain(name))} if plain(name) in there else ()
        points += [(name, step, value, now) for step, value in curve if step not in steps]
    shelf.points(run_id, points)
    inputs = [entry for entry in map(_dataset_input, record.inputs) if entry is not None]
    if inputs:
        client.log_inputs(run_id, datasets=inputs)
    for name in record.artifacts:
        path = Path(name)
        if path.is_dir():
            client.log_artifacts(run_id, str(path), path.name)
        elif path.exists():
            client.log_artifact(run_id, str(path))
    for task, table in record.confusion.items():
        client.log_text(run_id, table, f"confusion/{plain(task)}.csv")
        client.log_text(run_id, confusion.drawing(table), f"confusion/{plain(task)}.svg")
    note = card(record.artifacts)
    if note:
        shelf.tag(run_id, {"mlflow.note.content": note})


def _dataset_input(source: DataInput) -> Any | None:
    """An MLflow dataset input that names a DVC output by its md5; None where DVC does not know the path."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digest = dvc_digest(source.path)
    if digest is None:
        return None
    where = json.dumps({"uri": source.path})
    dataset = Dataset(name=data_name(source.path), digest=digest, source_type="local", source=where)
    return DatasetInput(dataset, [InputTag("mlflow.data.context", source.context)])


def _tell_study(shelf: Shelf, study: str, record: Record) -> None:
    """The verdicts as tags, and the report, on the run above the stages."""
    for name in record.artifacts:
        if Path(name).exists():
            shelf.client.log_artifact(study, name)
    verdict = REPORTS / "verdict.json"
    if verdict.exists():
        shelf.tag(study, verdict_tags(json.loads(verdict.read_text(encoding="utf-8"))))


def verdict_tags(verdict: Mapping[str, Any]) -> dict[str, str]:
    """`verdict.TASK.ARM` -> helps, harms, ...; of the comparisons in reports/verdict.json."""
    return {
        plain(f"verdict.{task}.{arm}"): str(entry["verdict"])
        for task, judged in verdict.get("tasks", {}).items()
        for arm, entry in judged.get("arms", {}).items()
        if entry.get("verdict")
    }


def card(artifacts: Sequence[str]) -> str | None:
    """The run's description in Markdown, from the card.json among its artifacts."""
    path = next((Path(name) for name in artifacts if Path(name).name == "card.json"), None)
    if path is None or not path.exists():
        return None
    return markdown(json.loads(path.read_text(encoding="utf-8")))
