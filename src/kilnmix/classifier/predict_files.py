"""Picture files in, the likeliest classes of every task out."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from kilnmix.classifier import consistency, exported, model_card, reference
from kilnmix.classifier.answers import Answer
from kilnmix.classifier.consistency import Rule, breaches, likeliest_consistent
from kilnmix.classifier.picture_files import PictureFile
from kilnmix.classifier.reference import Reference
from kilnmix.collection.pictures.picture import ResizeMode
from kilnmix.common import manifest
from kilnmix.common.devices import cores
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
    def apply(self, pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray | None]: ...


@dataclass(frozen=True)
class Seen:
    """A picture and what the model made of it, for explanations.

    Attributes:
        square: (S, S, 3) uint8.
        features: (F,) float32, None from a model that gives none.
    """

    answer: Answer
    square: np.ndarray
    features: np.ndarray | None


@dataclass(frozen=True)
class Predictor:
    """A model that was read.

    Attributes:
        thresholds: task -> threshold of its sets; tasks without a statement of errors are not in.
        reference: the collection that pictures are compared with, if the model has it.
        rules: which answers do not go together.
    """

    model: Reader
    thresholds: Mapping[str, float]
    reference: Reference | None = None
    rules: Sequence[Rule] = ()

    def look(self, names: Sequence[str], squares: np.ndarray, count: int) -> list[Seen]:
        """What the model makes of (n, S, S, 3) uint8 pictures.

        Raises:
            UserError: its answers are no numbers.
        """
        probabilities, features = self.model.apply(squares)
        if not all(np.isfinite(values).all() for values in probabilities.values()):
            raise UserError("The model's answers are no finite numbers, so it is damaged. Make it anew: `dvc repro`.")
        unlike: Sequence[bool | None] = [None] * len(names)
        if self.reference is not None and features is not None and np.isfinite(self.reference.threshold):
            unlike = self.reference.unlike(features).tolist()
        classes, seen = self.model.classes, []
        for row, name in enumerate(names):
            own = {task: values[row] for task, values in probabilities.items()}
            tasks = {task: likeliest(classes[task], values, count) for task, values in own.items()}
            given = Answer(
                name,
                tasks,
                sets(own, classes, self.thresholds),
                unlike[row],
                breaches({task: ranked[0][0] for task, ranked in tasks.items()}, self.rules),
                likeliest_consistent(own, classes, self.rules) or {},
            )
            seen.append(Seen(given, squares[row], None if features is None else features[row]))
        return seen


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
    remedy = model_card.remedy(folder)
    compared, rules = reference.read(folder, remedy), consistency.read(folder, remedy)
    return Predictor(exported.load(folder) or _with_torch(folder), known, compared, rules)


def answer(
    files: Sequence[PictureFile],
    predictor: Predictor,
    count: int,
    on_seen: Callable[[Seen], object] | None = None,
    on_unread: Callable[[str, str], object] | None = None,
) -> Iterator[Answer]:
    """For every picture its `count` likeliest classes a task; one that cannot be read is told of on standard error.

    Args:
        on_seen: told of every picture, before its answer comes.
        on_unread: told of the name of every picture that cannot be read, and why.

    Raises:
        UserError: pictures could not be read (after the answers for the others).
    """
    from kilnmix.collection.pictures import picture as pictures

    model = predictor.model
    unread = 0

    def decoded(file: PictureFile) -> np.ndarray | pictures.PictureError:
        try:
            return pictures.decode(file.path, model.size, model.fit).square
        except pictures.PictureError as fault:
            return fault

    for start in range(0, len(files), BATCH):
        names, squares = [], []
        part = files[start : start + BATCH]
        # Pillow decodes without Python's lock. Threads share the filters of warnings, which decoding silences.
        with warnings.catch_warnings(), ThreadPoolExecutor(cores()) as readers:
            warnings.simplefilter("ignore")
            found = list(readers.map(decoded, part))
        for file, square in zip(part, found, strict=True):
            if isinstance(square, pictures.PictureError):
                print(f"kilnmix: {file.name}: {square}", file=sys.stderr)
                if on_unread is not None:
                    on_unread(file.name, str(square))
                unread += 1
            else:
                names.append(file.name)
                squares.append(square)
        for seen in predictor.look(names, np.stack(squares), count) if names else ():
            if on_seen is not None:
                on_seen(seen)
            yield seen.answer
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
    apply: Callable[[np.ndarray], tuple[dict[str, np.ndarray], np.ndarray | None]]


def _with_torch(folder: Path) -> _Torch:
    from kilnmix.classifier import predict

    model = predict.load(folder)

    def apply(pixels: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
        probabilities, _, features = predict.answer(model, pixels)
        return probabilities, features

    return _Torch(model.card.size, model.card.fit, model.card.classes, apply)


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
