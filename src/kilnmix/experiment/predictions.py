"""Predictions of all trainings of a stage in one table a part; the test part in a file of its own.

validation.parquet, test.parquet: a row for every training, photograph and task: arm, adapter, seed, photograph, object,
task and `probabilities`, a list of float32 in the order of the task's classes. Truth is not repeated here; it is the
prepared collection's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from kilnmix.classifier.results import Predictions, read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_parquet
from kilnmix.statistics.scores import TaskOutcomes, Unlabelled

COLUMNS = ("arm", "adapter", "seed", "photograph", "object", "task", "probabilities")
Part = Literal["val", "test"]
FILES: dict[Part, str] = {"val": "validation.parquet", "test": "test.parquet"}


def write(folder: Path, photographs: Prepared, runs: Sequence[TrainingRun], trained: Sequence[Path]) -> None:
    """Collects the predictions of trainings into the two tables."""
    sources: dict[Part, str] = {"val": "validation.npz", "test": "test.npz"}
    for part, source in sources.items():
        _write_table(folder / FILES[part], photographs, runs, [read_predictions(path / source) for path in trained])


def _write_table(
    path: Path, photographs: Prepared, runs: Sequence[TrainingRun], predictions: Sequence[Predictions]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    for run, predicted in zip(runs, predictions, strict=True):
        names = photographs.ids[predicted.rows].tolist()
        objects = photographs.objects[predicted.rows].tolist()
        for task in run.tasks:
            count = len(names)
            columns["arm"] += [run.tags["arm"]] * count
            columns["adapter"] += [int(run.tags["adapter"])] * count
            columns["seed"] += [int(run.tags["seed"])] * count
            columns["photograph"] += names
            columns["object"] += objects
            columns["task"] += [task] * count
            columns["probabilities"] += list(predicted.probabilities[task].astype(np.float32))
    text = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [
            ("arm", text),
            ("adapter", pa.int32()),
            ("seed", pa.int32()),
            ("photograph", text),
            ("object", pa.int64()),
            ("task", text),
            ("probabilities", pa.list_(pa.float32())),
        ]
    )
    pq.write_table(pa.table(columns, schema=schema), path, compression="zstd")


@dataclass(frozen=True)
class Answers:
    """What the trainings of one or more folds answered for one task.

    Attributes:
        rows: (n,) int64 rows of the prepared collection.
        folds: (n,) int64 fold in which each is tested.
        probabilities: arm -> (A, S, n, C) float32.
        seeds: arm -> the S classifier seeds, ascending.
    """

    rows: np.ndarray
    folds: np.ndarray
    probabilities: dict[str, np.ndarray]
    seeds: dict[str, tuple[int, ...]]


def read(sources: Sequence[tuple[int, Path]], photographs: Prepared, task: str) -> Answers:
    """The answers for one task in tables of the same part; several tables may speak of one fold, for different arms or
    for different seeds of an arm, and some not of the task.

    Args:
        sources: (fold, table) pairs.

    Raises:
        UserError: a table is missing or damaged, or two folds do not hold the same arms, adapters and seeds.
    """
    for folder in dict.fromkeys(path.parent for _, path in sources):
        manifest.check(folder)
    position = {name: row for row, name in enumerate(photographs.ids.tolist())}
    blocks: dict[int, dict[str, np.ndarray]] = {}
    rows_of: dict[int, np.ndarray] = {}
    seeds: dict[tuple[int, str], tuple[int, ...]] = {}
    for fold in dict.fromkeys(fold for fold, _ in sources):
        table, places = _of_fold(
            fold, [path for number, path in sources if number == fold], photographs, position, task
        )
        order, rows = table["rows"], np.unique(table["rows"])
        rows_of[fold] = rows
        for arm, path in places.items():
            mine = table["arm"] == arm
            seeds[fold, arm] = tuple(np.unique(table["seed"][mine]).tolist())
            block = _block(table["adapter"][mine], table["seed"][mine], order[mine], table["probabilities"][mine], rows)
            if mine.sum() != np.prod(block.shape[:3]) or not np.isfinite(block).all():
                raise UserError(
                    f"{path} does not hold one answer of every training of {arm} for every photograph ({task}). "
                    f"{_remedy(path)}"
                )
            blocks.setdefault(fold, {})[arm] = block
    folds = sorted(blocks)
    shapes = {
        tuple(sorted((arm, block.shape[0], seeds[fold, arm]) for arm, block in blocks[fold].items())) for fold in folds
    }
    if len(shapes) > 1:
        raise UserError("The folds do not hold the same arms, adapters and seeds. Run `dvc repro` again.")
    return Answers(
        rows=np.concatenate([rows_of[fold] for fold in folds]),
        folds=np.concatenate([np.full(len(rows_of[fold]), fold) for fold in folds]),
        probabilities={arm: np.concatenate([blocks[fold][arm] for fold in folds], axis=2) for arm in blocks[folds[0]]},
        seeds={arm: seeds[folds[0], arm] for arm in blocks[folds[0]]},
    )


def _of_fold(
    fold: int, paths: Sequence[Path], photographs: Prepared, position: Mapping[str, int], task: str
) -> tuple[dict[str, np.ndarray], dict[str, Path]]:
    """The columns of a fold's tables together, with `rows` of the prepared collection; arm -> its last table."""
    tables: list[dict[str, np.ndarray]] = []
    places: dict[str, Path] = {}
    for path in paths:
        table = _read_table(path, task)
        if table is None:
            continue
        if any(name not in position for name in table["photograph"]):
            raise UserError(f"{path} answers for photographs that are not prepared. {_remedy(path)}")
        table["rows"] = np.array([position[name] for name in table["photograph"]], np.int64)
        part = next((part for part, name in FILES.items() if name == path.name), None)
        if part and not np.array_equal(np.unique(table["rows"]), np.sort(photographs.members(fold, part))):
            raise UserError(f"{path} does not hold all photographs of its part and no others ({task}). {_remedy(path)}")
        tables.append(table)
        places |= dict.fromkeys(table["arm"].tolist(), path)
    if not tables:
        raise UserError(f"{paths[0]} has no answers for {task}. {_remedy(paths[0])}")
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}, places


def _read_table(path: Path, task: str) -> dict[str, np.ndarray] | None:
    """The answers for a task; None where there are none: `extend` trains the arms that a look left open, which may be
    none at all, or none that learns this task."""
    table = read_parquet(path, COLUMNS, [("task", "=", task)], _remedy(path))
    if not len(table):
        return None
    lists = table["probabilities"].combine_chunks()
    return {
        "arm": np.array(table["arm"].to_pylist()),
        "photograph": np.array(table["photograph"].to_pylist()),
        "adapter": table["adapter"].to_numpy(),
        "seed": table["seed"].to_numpy(),
        "probabilities": lists.flatten().to_numpy(zero_copy_only=False).reshape(len(table), -1),
    }


def _remedy(path: Path) -> str:
    return f"Take it back with `dvc checkout {path.parent.as_posix()}`, or run `dvc repro`, which makes it anew."


def _block(
    adapters: np.ndarray, seeds: np.ndarray, order: np.ndarray, probabilities: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """(A, S, n, C): one arm's probabilities, adapters, seeds and photographs each in ascending order."""
    one, two = np.unique(adapters), np.unique(seeds)
    block = np.full((len(one), len(two), len(rows), probabilities.shape[1]), np.nan, np.float32)
    places = np.searchsorted(one, adapters), np.searchsorted(two, seeds), np.searchsorted(rows, order)
    block[places] = probabilities
    return block


def outcomes(photographs: Prepared, answers: Answers, task: str, min_objects: int) -> TaskOutcomes:
    """What the statistics read: the photographs with a label for the task, and every run's first choice.

    Args:
        min_objects: a class is scored when the test parts hold at least so many objects of it.
    """
    known = photographs.labels[task][answers.rows] != MISSING
    rows = answers.rows[known]
    truth, objects = photographs.labels[task][rows], photographs.objects[rows]
    _, inverse, views = np.unique(objects, return_inverse=True, return_counts=True)
    classes = photographs.task(task).classes
    pairs = np.unique(np.stack([truth, objects]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(classes))
    return TaskOutcomes(
        task=task,
        classes=classes,
        scored=tuple(int(label) for label in np.flatnonzero(counts >= min_objects)),
        truth=truth,
        objects=objects,
        folds=answers.folds[known],
        weights=1 / views[inverse],
        predicted={arm: block[:, :, known].argmax(axis=3) for arm, block in answers.probabilities.items()},
        seeds=answers.seeds if len(set(answers.seeds.values())) > 1 else {},
        sources=_sources(photographs.sources[rows], objects),
    )


def unlabelled(
    photographs: Prepared, answers: Answers, task: str, seeds: Sequence[int] | None = None
) -> Unlabelled | None:
    """What was answered for objects none of whose photographs has a label for the task; None where there are none.

    Args:
        seeds: of the runs whose mean probabilities are the guessed chances; None: all runs.
    """
    known = photographs.labels[task][answers.rows] != MISSING
    objects = photographs.objects[answers.rows]
    others = ~known & ~np.isin(objects, objects[known])
    if not others.any():
        return None
    _, inverse, views = np.unique(objects[others], return_inverse=True, return_counts=True)
    guessing = [
        block if seeds is None else block[:, np.isin(answers.seeds[arm], seeds)]
        for arm, block in answers.probabilities.items()
    ]
    chances = np.mean([block.mean((0, 1), dtype=np.float64) for block in guessing], axis=0)
    return Unlabelled(
        objects=objects[others],
        folds=answers.folds[others],
        weights=1 / views[inverse],
        predicted={arm: block[:, :, others].argmax(axis=3) for arm, block in answers.probabilities.items()},
        chances=chances[others],
        known=chances[known],
    )


def outcomes_of(photographs: Prepared, trained: Mapping[str, Sequence[Predictions]]) -> list[TaskOutcomes]:
    """What trainings of one fold and adapter answered on one part, task by task; no table is needed.

    Args:
        trained: arm -> the predictions of its runs, equally many and for the same rows.
    """
    rows = next(iter(trained.values()))[0].rows
    tasks = []
    for task in photographs.tasks:
        probabilities = {
            arm: np.stack([run.probabilities[task.name] for run in runs])[None] for arm, runs in trained.items()
        }
        answers = Answers(rows, np.zeros(len(rows), np.int64), probabilities, {})
        tasks.append(outcomes(photographs, answers, task.name, 1))
    return tasks


def _sources(names: np.ndarray, objects: np.ndarray) -> np.ndarray | None:
    """(N,) int64: a number for the source of each photograph's object, the first that one of its photographs names; an
    object without any is a source of its own. None where no photograph has one."""
    if not (names != "").any():
        return None
    known: dict[int, str] = {}
    for name, number in zip(names.tolist(), objects.tolist(), strict=True):
        if name:
            known.setdefault(number, name)
    keys = [known.get(number) or f"\x1f{number}" for number in objects.tolist()]
    return np.unique(keys, return_inverse=True)[1]
