"""The table as it lies in the data folder: every row and column, under headings by which the settings find them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from kilnmix.collection.tables.columns import PURPOSES, Found
from kilnmix.collection.tables.listing import Listing
from kilnmix.collection.tables.table import Table
from kilnmix.config import Columns


def header(given: Table, found: Found, wanted: Columns) -> list[str]:
    """A column that serves one purpose gets the name that the settings have for it, or the task's.

    Columns keep their headings that the settings name for a task, that serve several purposes, or that several fields
    share. Another column whose heading is taken in this way becomes `original HEADING`.
    """
    uses: dict[str, list[str]] = {}
    for purpose in PURPOSES:
        column = getattr(found, purpose)
        if column is not None:
            uses.setdefault(column, []).append(getattr(wanted, purpose) or column)
    for task, column in found.tasks.items():
        kept = task in wanted.tasks or task in found.shared
        uses.setdefault(column, []).append(column if kept else task)
    for task, column in found.sure.items():
        uses.setdefault(column, []).append(f"{task}_sure")
    names = {column: column for column, said in uses.items() if len(set(said)) > 1 or said[0] == column}
    for column, said in uses.items():
        if column not in names and said[0] not in names.values():
            names[column] = said[0]
    taken = set(names.values())
    for column in given.columns:
        if column not in names:
            names[column] = column if column not in taken else _free(column, {*taken, *given.columns})
            taken.add(names[column])
    return [names[column] for column in given.columns]


def _free(column: str, taken: set[str]) -> str:
    numbered = itertools.chain([""], (f" {number}" for number in itertools.count(2)))
    return next(name for end in numbered if (name := f"original {column}{end}") not in taken)


def rewritten(
    given: Table, found: Found, wanted: Columns, listed: Listing, targets: Mapping[str, str]
) -> tuple[list[str], list[list[str]]]:
    """Header and rows: every row of the table, once for each picture that it names; rows without one as they are.

    Args:
        targets: picture of the folder -> its path in the data folder.
    """
    names = header(given, found, wanted)
    image = given.columns.index(found.image or "")
    own: dict[int, list[tuple[str, str]]] = {row.place: [] for row in listed.rows}
    for row in listed.rows:
        own[row.place].append((targets[row.image], row.object))
    place = {line: number for number, line in enumerate(given.lines)}
    for item in listed.rejected:
        if item.reason == "listed-twice" and item.line in place:
            named = item.written or targets.get(item.image, item.image)
            own.setdefault(place[item.line], []).append((named, ""))
    several = any(len(pictures) > 1 for pictures in own.values())
    if several and found.object is None:
        names.append(wanted.object)
    lines = []
    for number, cells in enumerate(given.rows):
        for inside, object_ in own.get(number, [(cells[image], "")]):
            line = [*cells[:image], inside, *cells[image + 1 :]]
            if several and found.object is None:
                line.append(object_)
            elif several and found.object is not None and found.object != found.image:
                column = given.columns.index(found.object)
                line[column] = object_ or line[column]
            lines.append(line)
    return names, lines
