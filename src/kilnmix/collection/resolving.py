"""A table's labels as the vocabulary reads them, for a person to check before anything is imported."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kilnmix.collection import labels
from kilnmix.collection.labels import Unresolved
from kilnmix.collection.tables import columns, listing
from kilnmix.collection.tables import reader as table
from kilnmix.collection.tables.reader import Table
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.vocabulary import Reading
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings


@dataclass(frozen=True)
class Resolved:
    """A table and what each row means.

    Attributes:
        read_from: task -> the columns that it was read from; empty for a task that the table says nothing on.
        readings: task -> one reading a row.
        unresolved: entries that could not be resolved, commonest first within each task.
    """

    table: Table
    read_from: Mapping[str, tuple[str, ...]]
    readings: Mapping[str, Sequence[Reading]]
    unresolved: Sequence[Unresolved]


def resolve(path: Path, settings: CollectionSettings, encoding: str | None = None) -> Resolved:
    """Reads the tasks' labels from a table by its columns and titles.

    Raises:
        UserError: the table cannot be read, or no task has a column or a title to be read from.
    """
    words = vocabulary.load(settings.vocabulary)
    given = table.read(path, encoding)
    found = columns.find(given, settings.columns, settings.tasks, words)
    rows = listing.cells_only(given, found)
    readings, missing = labels.understand(rows, settings.tasks, settings, words, found.shared)
    read_from = {}
    for task in settings.tasks:
        title = found.title if words.field(task).titles else None
        read_from[task] = tuple(name for name in (found.tasks.get(task), title) if name)
    if not any(read_from.values()):
        raise UserError(
            f"{path} has no column for any of {', '.join(settings.tasks)}. Its columns are: "
            f"{table.listed(given.columns)}. Name one with collection.columns.tasks, or other tasks with --task."
        )
    return Resolved(given, read_from, readings, missing)


def write(resolved: Resolved, file: TextIO) -> None:
    """The table as CSV with a column TASK_id a task, empty where nothing was resolved."""
    writer = csv.writer(file, lineterminator="\n")
    columns_ = resolved.table.columns
    new = [f"{task}_id" for task in resolved.readings]
    kept = [place for place, name in enumerate(columns_) if name not in new]
    writer.writerow([*(columns_[place] for place in kept), *new])
    for number, row in enumerate(resolved.table.rows):
        ids = [readings[number].id for readings in resolved.readings.values()]
        writer.writerow([*(row[place] for place in kept), *ids])


def report(resolved: Resolved) -> str:
    """What was read from where, how much of it was resolved, and each entry that was not."""
    lines = [f"{len(resolved.table)} rows of {resolved.table.path} ({resolved.table.encoding})"]
    for task, readings in resolved.readings.items():
        if not resolved.read_from[task]:
            lines.append(f"{task}: no column says it")
            continue
        done = sum(reading.resolved for reading in readings)
        silent = sum(reading.how == "missing" for reading in readings)
        where = ", ".join(repr(name) for name in resolved.read_from[task])
        lines.append(
            f"{task}: {done} resolved, {silent} say nothing, {len(readings) - done - silent} not resolved ({where})"
        )
        lines += [f"  {item}" for item in resolved.unresolved if item.task == task]
    if resolved.table.overlong:
        bad = [str(resolved.table.lines[number]) for number in sorted(resolved.table.overlong)]
        lines.append(f"lines with more cells than the header has names: {table.listed(bad)}")
    return "\n".join(lines)
