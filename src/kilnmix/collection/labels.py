"""Cells of the label table -> class indices, by the vocabulary; and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.collection.tables.listing import Row
from kilnmix.collection.vocabulary.spelling import slug
from kilnmix.collection.vocabulary.vocabulary import Field, Reading, Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings

OTHER = "other"


@dataclass(frozen=True)
class Unresolved:
    """An entry that the vocabulary does not have: how often it stands in the table, and the ids that come nearest."""

    task: str
    text: str
    count: int
    how: str
    candidates: tuple[str, ...]

    def __str__(self) -> str:
        kind = "names more than one" if self.how == "ambiguous" else "not known"
        near = f", {'they are' if self.how == 'ambiguous' else 'nearest'}: {', '.join(self.candidates)}"
        return f"{self.task}: {self.text!r} ({self.count} times) {kind}{near if self.candidates else ''}"


def read_all(
    rows: Sequence[Row], tasks: Sequence[str], vocabulary: Vocabulary, shared: Container[str] = ()
) -> dict[str, list[Reading]]:
    """task -> one reading a row, from the task's cell and the title (`Field.read_both`).

    Args:
        shared: tasks whose column is one that other fields use as well.
    """
    around = [" | ".join(row.cells.values()) for row in rows]
    read: dict[str, list[Reading]] = {}
    for task in tasks:
        field = vocabulary.field(task)
        known: dict[tuple[str, str, str], Reading] = {}
        entries = [
            (row.cells.get(task, ""), row.title, other if field.contexts else "")
            for row, other in zip(rows, around, strict=True)
        ]
        for entry in dict.fromkeys(entries):
            known[entry] = field.read_both(entry[0], entry[1], task in shared, entry[2])
        read[task] = [known[entry] for entry in entries]
    return read


def understand(
    rows: Sequence[Row],
    tasks: Sequence[str],
    settings: CollectionSettings,
    vocabulary: Vocabulary,
    shared: Container[str] = (),
) -> tuple[dict[str, list[Reading]], list[Unresolved]]:
    """`read_all` with the settings' new classes, and the entries that are still not resolved, task by task."""
    readings = read_all(rows, tasks, vocabulary, shared)
    missing: list[Unresolved] = []
    for task in tasks:
        cells = [row.cells.get(task, "") for row in rows]
        if task in settings.allow_new:
            readings[task] = allow_new(readings[task], cells)
        missing += unresolved(task, readings[task], cells)
    return readings, missing


def allow_new(readings: Sequence[Reading], cells: Sequence[str]) -> list[Reading]:
    """Unknown entries as classes of their own."""
    return [
        Reading(slug(cell) or cell, "new") if not reading.resolved and reading.how != "missing" else reading
        for reading, cell in zip(readings, cells, strict=True)
    ]


def unresolved(task: str, readings: Sequence[Reading], cells: Sequence[str]) -> list[Unresolved]:
    """The entries that could not be read, commonest first."""
    failed = {
        cell: reading
        for reading, cell in zip(readings, cells, strict=True)
        if not reading.resolved and reading.how != "missing"
    }
    counts = Counter(cell for cell in cells if cell in failed)
    return [
        Unresolved(task, cell, count, failed[cell].how, failed[cell].candidates) for cell, count in counts.most_common()
    ]


def refuse(missing: Sequence[Unresolved], settings: CollectionSettings) -> None:
    """
    Raises:
        UserError: there are entries that the vocabulary lacks, and the settings do not leave them out.
    """
    if not missing or settings.unresolved == "leave-out":
        return
    tasks = sorted({item.task for item in missing})
    raise UserError(
        f"{len(missing)} different entries of {settings.labels} are not in the vocabulary:\n  "
        + "\n  ".join(map(str, missing[:20]))
        + (f"\n  and {len(missing) - 20} more" if len(missing) > 20 else "")
        + f"\nCorrect them, add them to {settings.vocabulary}, make each a class of its own with "
        f"collection.allow_new [{', '.join(tasks)}], or leave them out with collection.unresolved leave-out. "
        "`kilnmix resolve TABLE` lists all of them."
    )


def broaden(readings: Sequence[Reading], field: Field) -> list[Reading]:
    """Classes replaced by their broadest ones; what they were is kept as the finer term."""
    result = []
    for reading in readings:
        top = reading.id
        while top in field.terms and field.terms[top].broader:
            top = field.terms[top].broader
        finer = reading.finer or (reading.id if top != reading.id else "")
        result.append(Reading(top, reading.how, finer) if top != reading.id else reading)
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
        UserError: a task has no labels, or one class only.
    """
    for task in tasks:
        if task.name not in columns and not task.classes:
            raise UserError(
                f"The task {task.name} has no column in {settings.labels}. Name its column in "
                f"collection.columns.tasks.{task.name}, or take {task.name} out of collection.tasks."
            )
        if not task.classes:
            raise UserError(
                f"The task {task.name} has no labels: its column {columns[task.name]!r} in {settings.labels} holds "
                f"nothing that is known. Fill it in, or take {task.name} out of collection.tasks."
            )
        if len(task.classes) == 1:
            raise UserError(
                f"The task {task.name} has one class only, {task.classes[0]}, so there is nothing to tell apart. "
                f"Add photographs of other classes, or take {task.name} out of collection.tasks."
            )


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


_SURE = frozenset(
    [
        "1",
        "yes",
        "y",
        "true",
        "t",
        "sure",
        "certain",
        "checked",
        "verified",
        "ok",
        "high",
        "是",
        "对",
        "已核",
        "已核对",
        "确定",
        "核实",
        "高",
    ]
)
_UNSURE = frozenset(
    [
        "0",
        "no",
        "n",
        "false",
        "f",
        "unsure",
        "uncertain",
        "unchecked",
        "low",
        "否",
        "未",
        "未核",
        "未核对",
        "不确定",
        "存疑",
        "低",
    ]
)


def confidence(text: str) -> float:
    """How sure a row's labels are said to be, 0..1, from words or a number (a percentage too); nan where not said."""
    text = text.strip().casefold()
    if text in _SURE:
        return 1.0
    if text in _UNSURE:
        return 0.0
    try:
        value = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        return float("nan")
    return value if 0.0 <= value <= 1.0 else float("nan")
