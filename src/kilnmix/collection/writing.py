"""The tables beside the prepared collection, for people: what was left out, what is the same, what was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kilnmix.collection.confidence import sureness
from kilnmix.collection.labels import Understood
from kilnmix.collection.pictures.duplicates import Pair
from kilnmix.collection.prepared import Task
from kilnmix.collection.tables.listing import Rejection, Row
from kilnmix.common import csv_files


def rejected(path: Path, items: Sequence[Rejection]) -> None:
    """line (0: no row), image, reason, detail."""
    csv_files.write(path, ("line", "image", "reason", "detail"), ((i.line, i.image, i.reason, i.detail) for i in items))


def duplicates(path: Path, rows: Sequence[Row], pairs: Sequence[Pair]) -> None:
    """first, second, kind (exact, near), similarity."""
    lines = (
        (rows[p.first].image, rows[p.second].image, "exact" if p.exact else "near", f"{p.similarity:.4f}")
        for p in pairs
    )
    csv_files.write(path, ("first", "second", "kind", "similarity"), lines)


def terms(
    path: Path,
    rows: Sequence[Row],
    tasks: Sequence[Task],
    understood: Understood,
    places: Sequence[int],
) -> None:
    """id, then for every task its cell as written, the finer term that was read from it, and whether it is sure.

    TASK_sure: 1 where the class is named without doubt, 0 where with doubt, empty where none is named. A class that an
    exact copy's row gave is as sure as it is there.

    Args:
        places: of `rows` in what was understood.
    """
    header = ["id", *(f"{task.name}{end}" for task in tasks for end in ("", "_finer", "_sure"))]
    lines = []
    for row, place in zip(rows, places, strict=True):
        said = [
            text
            for task in tasks
            for text in (
                row.cells.get(task.name, ""),
                understood.readings[task.name][place].finer,
                sureness(float(understood.sure[task.name][place])),
            )
        ]
        lines.append([row.image, *said])
    csv_files.write(path, header, lines)
