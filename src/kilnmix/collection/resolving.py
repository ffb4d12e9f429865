"""A table's labels as the vocabulary reads them, for a person to check before anything is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kilnmix.collection import labels
from kilnmix.collection.confidence import sureness
from kilnmix.collection.labels import Understood
from kilnmix.collection.tables import labelled, listing
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.table import Table, listed
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.common import csv_files
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings


@dataclass(frozen=True)
class Resolved:
    """A table and what each row means.

    Attributes:
        read_from: task -> the columns that it was read from; empty for a task that the table says nothing on.
    """

    table: Table
    found: Found
    read_from: Mapping[str, tuple[str, ...]]
    understood: Understood


def resolve(
    path: Path, settings: CollectionSettings, encoding: str | None = None, sheet: str | None = None
) -> Resolved:
    """Reads the tasks' labels from a table by its columns and titles.

    Raises:
        UserError: the table cannot be read, or no task has a column or a title to be read from.
    """
    words = vocabulary.load(settings.vocabulary)
    given, found = labelled.read(path, settings.columns, settings.tasks, words, encoding, sheet)
    rows = listing.cells_only(given, found)
    understood = labels.understand(rows, settings.tasks, settings, words, found.shared)
    read_from = {}
    for task in settings.tasks:
        title = found.title if words.field(task).titles else None
        read_from[task] = tuple(name for name in (found.tasks.get(task), title) if name)
    if not any(read_from.values()):
        raise UserError(
            f"{path} has no column for any of {', '.join(settings.tasks)}. Its columns are: "
            f"{listed(given.columns)}. Name a column as the task: --task HEADING, or --task NAME=HEADING."
        )
    return Resolved(given, found, read_from, understood)


def write(resolved: Resolved, file: TextIO) -> None:
    """The table as CSV with two more columns a task.

    TASK_id: the class, empty where nothing was resolved. TASK_sure: 1 where the entry names it without doubt, 0 where
    with doubt (`明?`, `possibly Song`), empty where it names none.
    """
    names = resolved.table.columns
    readings = resolved.understood.readings
    new = [f"{task}{end}" for task in readings for end in ("_id", "_sure")]
    kept = [place for place, name in enumerate(names) if name not in new]
    lines = []
    for number, row in enumerate(resolved.table.rows):
        said = [
            text
            for task in readings
            for text in (readings[task][number].id, sureness(float(resolved.understood.sure[task][number])))
        ]
        lines.append([*(row[place] for place in kept), *said])
    csv_files.to(file, [*(names[place] for place in kept), *new], lines)


def report(resolved: Resolved) -> str:
    """What was read from where, how much of it was resolved, and each entry that was not."""
    table, understood = resolved.table, resolved.understood
    sheet = f", sheet {table.sheet!r}" if table.sheet else ""
    lines = [f"{len(table)} rows of {table.path} ({table.encoding}{sheet}, header in line {table.header})"]
    lines += [f"note: {note}" for note in (*table.notes, *resolved.found.notes)]
    for task, readings in understood.readings.items():
        if not resolved.read_from[task]:
            lines.append(f"{task}: no column says it")
            continue
        done = sum(reading.resolved for reading in readings)
        silent = sum(reading.how == "missing" for reading in readings)
        doubtful = sum(reading.how == "doubtful" for reading in readings)
        where = ", ".join(repr(name) for name in resolved.read_from[task])
        lines.append(
            f"{task}: {done} resolved, {silent} say nothing, {doubtful} doubtful and left open, "
            f"{len(readings) - done - silent - doubtful} not resolved ({where})"
        )
        lines += [f"  {item}" for item in (*understood.unresolved, *understood.doubtful) if item.task == task]
    lines += [f"line {table.lines[number]}: {why}" for number, why in sorted(table.misaligned.items())[:20]]
    if len(table.misaligned) > 20:
        lines.append(f"and {len(table.misaligned) - 20} more such lines")
    return "\n".join(lines)
