"""Label combinations that no photograph attests, within rules.

glaze:                                   # a task
  blue-and-white:                        # one of its classes
    dynasty: [yuan, ming, qing]          # goes with these classes of another task alone
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_yaml

MOST = 20_000
"""Combinations at most; a collection of many classes needs rules."""


@dataclass(frozen=True)
class Rules:
    """Which classes go together.

    Attributes:
        rules: (task, class, other task, classes of it that go with the first), all as indices.
    """

    rules: tuple[tuple[int, int, int, frozenset[int]], ...]

    def allow(self, labels: Sequence[int]) -> bool:
        return all(
            labels[task] != label or labels[other] == MISSING or labels[other] in fitting
            for task, label, other, fitting in self.rules
        )


def read(path: Path, tasks: Sequence[Task]) -> Rules:
    """The rules of a YAML file.

    Raises:
        UserError: the file is missing, is no YAML of this form, or names a task or a class that is not there.
    """
    content = read_yaml(path, "generator.draw.rules names it: mend it, or set that to null.")
    found = []
    for task, label, other, classes in _entries(path, content):
        first, second = _task(path, tasks, task), _task(path, tasks, other)
        fitting = frozenset(_label(path, tasks[second], name) for name in classes)
        found.append((first, _label(path, tasks[first], label), second, fitting))
    return Rules(tuple(found))


def _entries(path: Path, content: object) -> list[tuple[str, str, str, list[str]]]:
    try:
        if not isinstance(content, Mapping):
            raise TypeError
        return [
            (str(task), str(label), str(other), [str(name) for name in _list(fitting)])
            for task, classes in content.items()
            for label, others in classes.items()
            for other, fitting in others.items()
        ]
    except (AttributeError, TypeError) as error:
        raise UserError(
            f"generator.draw.rules = {str(path)!r} has not the form task: {{class: {{other task: [classes]}}}}."
        ) from error


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _task(path: Path, tasks: Sequence[Task], name: str) -> int:
    names = [task.name for task in tasks]
    if name not in names:
        raise UserError(f"generator.draw.rules = {str(path)!r} names the task {name!r}; there are {', '.join(names)}.")
    return names.index(name)


def _label(path: Path, task: Task, name: str) -> int:
    if name not in task.classes:
        raise UserError(
            f"generator.draw.rules = {str(path)!r} names the class {name!r} of {task.name}; there are "
            f"{', '.join(task.classes)}."
        )
    return task.index(name)


def free(labels: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """Every combination of classes that stand in `labels` (n, T) and that the rules allow, and how much it counts.

    Returns:
        (c, T) combinations, and (c,) the product of their classes' shares in each task: how often a combination would
        stand if tasks were independent.

    Raises:
        UserError: the rules allow none, or too many.
    """
    tasks = [column for column in range(labels.shape[1]) if (labels[:, column] != MISSING).any()]
    known = {column: labels[labels[:, column] != MISSING, column] for column in tasks}
    classes = {column: np.unique(values, return_counts=True) for column, values in known.items()}
    size = int(np.prod([len(own[0]) for own in classes.values()], dtype=float))
    if size > 50 * MOST:
        raise UserError(
            f"Free label combinations would be {size:,}. Name rules in generator.draw.rules, or fewer tasks."
        )
    rows, counts = [], []
    for places in itertools.product(*(range(len(classes[column][0])) for column in tasks)):
        row = np.full(labels.shape[1], MISSING, np.int64)
        share = 1.0
        for column, place in zip(tasks, places, strict=True):
            row[column] = classes[column][0][place]
            share *= classes[column][1][place] / len(known[column])
        if rules.allow(row.tolist()):
            rows.append(row)
            counts.append(share)
    if not rows:
        raise UserError("generator.draw.rules allows no combination of the classes in this collection.")
    if len(rows) > MOST:
        raise UserError(f"Free label combinations would be {len(rows):,}. Name more rules in generator.draw.rules.")
    return np.stack(rows), np.array(counts)
