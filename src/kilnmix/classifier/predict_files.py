"""Picture files in, the likeliest classes of every task out."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.classifier import exported
from kilnmix.common.errors import UserError

BATCH = 64
SETS = "conformal.json"
"""Beside the model: error -> task -> the largest 1 - probability of a class in the set; null with too few objects."""
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic"}


@dataclass(frozen=True)
class Answer:
    """What the classifier says of a picture.

    Attributes:
        tasks: task -> its likeliest classes with their probabilities, likeliest first.
        sets: task -> the classes that are likely enough at the stated error; tasks without such a statement are not in.
    """

    picture: Path
    tasks: Mapping[str, Sequence[tuple[str, float]]]
    sets: Mapping[str, Sequence[str]]

    def sure(self, task: str) -> bool:
        """Whether one class alone is likely enough. Without a statement of errors the likeliest is the answer."""
        return task not in self.sets or len(self.sets[task]) == 1


def expand(paths: Sequence[Path]) -> list[Path]:
    """The picture files among paths; a folder stands for the pictures in it, sorted.

    Raises:
        UserError: a path is not there, or there is no picture at all.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
        elif path.exists():
            found.append(path)
        else:
            raise UserError(f"There is no file {path}. Name pictures, or a folder that holds some.")
    if not found:
        raise UserError(f"{', '.join(map(str, paths))} holds no pictures ({', '.join(sorted(_SUFFIXES))}).")
    return found


def answer(files: Sequence[Path], folder: Path, count: int, error: float | None = None) -> Iterator[Answer]:
    """For every picture its `count` likeliest classes a task; one that cannot be read is told of on standard error.

    Args:
        folder: of the model, as `refit` leaves it.
        error: share of sets that may lack the true class; None gives no sets.

    Raises:
        UserError: there is no model in the folder, no set is known for the error, or pictures could not be read (after
            the answers for the others).
    """
    from kilnmix.collection.pictures import picture as pictures

    thresholds = read_thresholds(folder, error) if error is not None else {}
    model = exported.load(folder) or _with_torch(folder)
    unread = 0
    for start in range(0, len(files), BATCH):
        names, squares = [], []
        for path in files[start : start + BATCH]:
            try:
                picture = pictures.decode(path, model.size, model.fit)  # type: ignore[arg-type]
            except pictures.PictureError as fault:
                print(f"kilnmix: {path}: {fault}", file=sys.stderr)
                unread += 1
                continue
            names.append(path)
            squares.append(picture.square)
        if names:
            probabilities = model.apply(np.stack(squares))
            for row, path in enumerate(names):
                own = {task: values[row] for task, values in probabilities.items()}
                tasks = {task: likeliest(model.classes[task], values, count) for task, values in own.items()}
                yield Answer(path, tasks, sets(own, model.classes, thresholds))
    if unread == len(files):
        raise UserError("None of these pictures can be read; the reasons stand above.")
    if unread:
        raise UserError(f"{unread} of {len(files)} pictures could not be read; the reasons stand above.")


@dataclass(frozen=True)
class _Torch:
    """What `exported.Exported` is, by torch."""

    size: int
    fit: str
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
    known = json.loads(path.read_text(encoding="utf-8"))
    own = next((entry for name, entry in known.items() if float(name) == error), None)
    if own is None:
        raise UserError(f"{folder} states no sets at the error {error:g}: take one of {', '.join(known)} for --error.")
    return {task: float(value) for task, value in own.items() if value is not None}


def write_csv(answers: Iterable[Answer]) -> None:
    """A line a picture, task and class on standard output, likeliest first; `set` says whether it is in the set."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["picture", "task", "class", "probability", "set"])
    for given in answers:
        for task, classes in given.tasks.items():
            for name, probability in classes:
                inside = "" if task not in given.sets else "yes" if name in given.sets[task] else "no"
                writer.writerow([given.picture, task, name, f"{probability:.4f}", inside])


def write_json(answers: Iterable[Answer]) -> None:
    """A JSON object a line and picture on standard output; `sets` only where they are known."""
    for given in answers:
        found: dict[str, object] = {
            task: {name: round(value, 4) for name, value in classes} for task, classes in given.tasks.items()
        }
        if given.sets:
            found["sets"] = {task: list(names) for task, names in given.sets.items()}
        print(json.dumps({"picture": str(given.picture), **found}, ensure_ascii=False))


def write_table(answers: Iterable[Answer]) -> None:
    """For people: a picture's name, then a line a task; where several classes are likely enough, `not sure`."""
    for given in answers:
        print(given.picture)
        width = max(map(len, given.tasks))
        for task, classes in given.tasks.items():
            listed = ", ".join(f"{name} {value:.2f}" for name, value in classes)
            print(f"  {task:<{width}}  {'' if given.sure(task) else 'not sure: '}{listed}{_rest(given, task)}")


def _rest(given: Answer, task: str) -> str:
    """The classes of the set that are not among those listed."""
    shown = {name for name, _ in given.tasks[task]}
    others = [name for name in given.sets.get(task, ()) if name not in shown]
    if not others or given.sure(task):
        return ""
    return f" (or {', '.join(others)})" if len(others) <= 3 else f" (or one of {len(others)} others)"
