"""Picture files in, the likeliest classes of every task out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from kilnmix.classifier import exported, model_card
from kilnmix.classifier.answers import Answer
from kilnmix.classifier.picture_files import PictureFile
from kilnmix.collection.pictures.picture import ResizeMode
from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_mapping

BATCH = 64
SETS = "conformal.json"
"""Beside the model: error -> task -> the largest 1 - probability of a class in the set; null with too few objects."""


class Reader(Protocol):
    """A model that answers for pictures: `exported.Exported`, or torch's."""

    @property
    def size(self) -> int: ...
    @property
    def fit(self) -> ResizeMode: ...
    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]: ...
    def apply(self, pixels: np.ndarray) -> dict[str, np.ndarray]: ...


@dataclass(frozen=True)
class Predictor:
    """A model that was read.

    Attributes:
        thresholds: task -> threshold of its sets; tasks without a statement of errors are not in.
    """

    model: Reader
    thresholds: Mapping[str, float]


def load(folder: Path, error: float | None = None) -> Predictor:
    """The model in a folder, as `refit` leaves it.

    Args:
        error: share of sets that may lack the true class; None gives no sets.

    Raises:
        UserError: there is no model in the folder, it is damaged, or no set is known for the error.
    """
    card = model_card.read(folder)  # before anything heavy is imported
    manifest.check(folder)
    thresholds = read_thresholds(folder, error) if error is not None else {}
    known = {task: value for task, value in thresholds.items() if task in card.classes}
    return Predictor(exported.load(folder) or _with_torch(folder), known)


def answer(files: Sequence[PictureFile], predictor: Predictor, count: int) -> Iterator[Answer]:
    """For every picture its `count` likeliest classes a task; one that cannot be read is told of on standard error.

    Raises:
        UserError: pictures could not be read (after the answers for the others).
    """
    from kilnmix.collection.pictures import picture as pictures

    model, thresholds = predictor.model, predictor.thresholds
    unread = 0
    for start in range(0, len(files), BATCH):
        names, squares = [], []
        for file in files[start : start + BATCH]:
            try:
                picture = pictures.decode(file.path, model.size, model.fit)
            except pictures.PictureError as fault:
                print(f"kilnmix: {file.name}: {fault}", file=sys.stderr)
                unread += 1
                continue
            names.append(file.name)
            squares.append(picture.square)
        if names:
            probabilities = model.apply(np.stack(squares))
            if not all(np.isfinite(values).all() for values in probabilities.values()):
                raise UserError(
                    "The model's answers are no finite numbers, so it is damaged. Make it anew: `dvc repro`."
                )
            for row, name in enumerate(names):
                own = {task: values[row] for task, values in probabilities.items()}
                tasks = {task: likeliest(model.classes[task], values, count) for task, values in own.items()}
                yield Answer(name, tasks, sets(own, model.classes, thresholds))
    if unread == len(files):
        raise UserError("None of these pictures can be read; the reasons stand above.")
    if unread:
        raise UserError(f"{unread} of {len(files)} pictures could not be read; the reasons stand above.")


@dataclass(frozen=True)
class _Torch:
    """What `exported.Exported` is, by torch."""

    size: int
    fit: ResizeMode
    classes: Mapping[str, tuple[str, ...]]
    apply: Callable[[np.ndarray], dict[str, np.ndarray]]


def _with_torch(folder: Path) -> _Torch:
    from kilnmix.classifier import predict

    model = predict.load(folder)
    classes = {task.name: task.classes for task in model.tasks}
    return _Torch(model.size, model.fit, classes, lambda pixels: predict.apply(model, pixels)[0])


def likeliest(classes: Sequence[str], probabilities: np.ndarray, count: int) -> list[tuple[str, float]]:
    """The `count` likeliest of a task's classes with their (C,) probabilities, likeliest first."""
    order = np.argsort(-probabilities, kind="stable")[:count]
    return [(classes[place], float(probabilities[place])) for place in order]


def sets(
    probabilities: Mapping[str, np.ndarray], classes: Mapping[str, Sequence[str]], thresholds: Mapping[str, float]
) -> dict[str, list[str]]:
    """Task -> the classes whose probability is at least 1 - threshold, likeliest first.

    Args:
        probabilities: task -> (C_t,) of one picture.
    """
    chosen = {}
    for task, largest in thresholds.items():
        values = probabilities[task]
        order = np.argsort(-values, kind="stable")
        chosen[task] = [classes[task][place] for place in order if 1.0 - values[place] <= largest + 1e-9]
    return chosen


def read_thresholds(folder: Path, error: float) -> dict[str, float]:
    """Task -> threshold of the sets at an error; tasks with too few objects for it are left out.

    Raises:
        UserError: the model states no sets at that error.
    """
    path = folder / SETS
    if not path.exists():
        return {}
    known = read_mapping(path, model_card.remedy(folder))
    try:
        own = next((entry for name, entry in known.items() if float(name) == error), None)
        found = {} if own is None else {task: float(value) for task, value in own.items() if value is not None}
    except (ValueError, TypeError, AttributeError) as fault:
        raise UserError(f"{path} is damaged: {fault}. {model_card.remedy(folder)}") from fault
    if own is None:
        raise UserError(f"{folder} states no sets at the error {error:g}: take one of {', '.join(known)} for --error.")
    return found
