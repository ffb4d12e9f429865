"""Readings -> the classes that occur and their indices; and what becomes of classes with few objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.collection.vocabulary.field import Field, Reading
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings

OTHER = "other"


def broaden(readings: Sequence[Reading], field: Field) -> list[Reading]:
    """Classes replaced by their broadest ones; what they were is kept as the finer term."""
    result = []
    for found in readings:
        top = found.id
        while top in field.terms and field.terms[top].broader:
            top = field.terms[top].broader
        finer = found.finer or (found.id if top != found.id else "")
        result.append(Reading(top, found.how, finer) if top != found.id else found)
    return result


def tasks_of(readings: Mapping[str, Sequence[Reading]], vocabulary: Vocabulary) -> tuple[Task, ...]:
    """The tasks with the classes that occur, in the vocabulary's order."""
    tasks = []
    for name, found in readings.items():
        field = vocabulary.field(name)
        classes = field.order(reading.id for reading in found if reading.resolved)
        words = {id_: field.words(id_) for id_ in classes}
        native = {id_: field.terms[id_].native for id_ in classes if id_ in field.terms and field.terms[id_].native}
        tasks.append(Task(name, classes, words, native))
    return tuple(tasks)


def need_classes(tasks: Sequence[Task], settings: CollectionSettings, columns: Mapping[str, str]) -> None:
    """
    Raises:
        UserError: a task has no labels, or one class only; all such tasks are told of.
    """
    faults = lacking(tasks, settings, columns)
    if faults:
        raise UserError("\n".join(faults))


def lacking(tasks: Sequence[Task], settings: CollectionSettings, columns: Mapping[str, str]) -> list[str]:
    """A sentence for each task that has nothing to tell apart."""
    faults = []
    for task in tasks:
        if task.name not in columns and not task.classes:
            faults.append(
                f"The task {task.name} has no column in {settings.labels}. Name its column in "
                f"collection.columns.tasks.{task.name}, or take {task.name} out of collection.tasks."
            )
        elif not task.classes:
            faults.append(
                f"The task {task.name} has no labels: its column {columns[task.name]!r} in {settings.labels} holds "
                f"nothing that is known. Fill it in, or take {task.name} out of collection.tasks."
            )
        elif len(task.classes) == 1:
            faults.append(
                f"The task {task.name} has one class only, {task.classes[0]}, so there is nothing to tell apart. "
                f"Add photographs of other classes, or take {task.name} out of collection.tasks."
            )
    return faults


def indices(task: Task, readings: Sequence[Reading]) -> np.ndarray:
    """(N,) int64: index into the task's classes, -1 where the row has no label."""
    place = {id_: number for number, id_ in enumerate(task.classes)}
    return np.array([place[reading.id] if reading.resolved else MISSING for reading in readings], np.int64)


def rare(
    tasks: Sequence[Task], labels: np.ndarray, objects: np.ndarray, least: int, rule: str
) -> tuple[tuple[Task, ...], np.ndarray]:
    """The tasks and labels after the rule for classes with fewer than `least` objects: train, other or drop.

    Args:
        labels: (N, T) int64. objects: (N,) int64.
    """
    labels = labels.copy()
    result = []
    for column, task in enumerate(tasks):
        counts = [len(np.unique(objects[labels[:, column] == index])) for index in range(len(task.classes))]
        few = [index for index, count in enumerate(counts) if count < least]
        if not few or rule == "train":
            result.append(task)
            continue
        kept = [name for index, name in enumerate(task.classes) if index not in few and name != OTHER]
        words = {name: task.words[name] for name in kept}
        if rule == "other":
            kept, words = [*kept, OTHER], {**words, OTHER: OTHER}
        place = {name: index for index, name in enumerate(kept)}
        fallback = place.get(OTHER, MISSING)
        moved = np.array([place.get(name, fallback) for name in task.classes], np.int64)
        known = labels[:, column] != MISSING
        labels[known, column] = moved[labels[known, column]]
        result.append(Task(task.name, tuple(kept), words, task.native))
    return tuple(result), labels


def in_rare_classes(tasks: Sequence[Task], labels: np.ndarray, objects: np.ndarray, least: int) -> np.ndarray:
    """(N,) bool: photographs with a label of a class that has fewer than `least` objects."""
    found = np.zeros(len(labels), bool)
    for column, task in enumerate(tasks):
        for index in range(len(task.classes)):
            members = labels[:, column] == index
            if len(np.unique(objects[members])) < least:
                found |= members
    return found
