"""The tables beside the prepared collection, for people: what was left out, what is the same, what was written."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kilnmix.collection.pictures.duplicates import Pair
from kilnmix.collection.prepared import Task
from kilnmix.collection.tables.listing import Rejection, Row
from kilnmix.collection.vocabulary.vocabulary import Reading


def rejected(path: Path, items: Sequence[Rejection]) -> None:
    """line (0: no row), image, reason, detail."""
    _write(path, ("line", "image", "reason", "detail"), ((i.line, i.image, i.reason, i.detail) for i in items))


def duplicates(path: Path, rows: Sequence[Row], pairs: Sequence[Pair]) -> None:
    """first, second, kind (exact, near), similarity."""
    lines = (
        (rows[p.first].image, rows[p.second].image, "exact" if p.exact else "near", f"{p.similarity:.4f}")
        for p in pairs
    )
    _write(path, ("first", "second", "kind", "similarity"), lines)


def terms(
    path: Path,
    rows: Sequence[Row],
    tasks: Sequence[Task],
    readings: Mapping[str, Sequence[Reading]],
    places: Sequence[int],
) -> None:
    """id, then for every task its cell as written and the finer term that was read from it.

    Args:
        places: of `rows` in `readings`.
    """
    header = ["id", *(name for task in tasks for name in (task.name, f"{task.name}_finer"))]
    lines = (
        [row.image, *(text for t in tasks for text in (row.cells.get(t.name, ""), readings[t.name][place].finer))]
        for row, place in zip(rows, places, strict=True)
    )
    _write(path, header, lines)


def _write(path: Path, header: Sequence[str], lines: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
