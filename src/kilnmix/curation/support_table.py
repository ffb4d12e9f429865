"""support.csv: how far a pool's images and the photographs cover each other (`support`), a row the pool and each class.

task, class (both empty for the pool), images, photographs, then for each of `support.NAMES` the value and its bounds,
empty where unknown; fid and kid_inception of the pool, where Inception's weights are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kilnmix.common import csv_files
from kilnmix.common.readers import read_csv, understood
from kilnmix.curation import intervals
from kilnmix.curation.support import NAMES, Row

NAME = "support.csv"
COLUMNS = ("task", "class", "images", "photographs", *intervals.columns(NAMES))
INCEPTION = {"fid": "fid", "kid_inception": "kid"}
"""Column -> name in `Row.inception`."""


def write(folder: Path, rows: Sequence[Row]) -> None:
    csv_files.write(folder / NAME, [*COLUMNS, *INCEPTION], map(_cells, rows))


def _cells(row: Row) -> list[str]:
    known = intervals.cells(row.values, NAMES)
    inception = [f"{row.inception[name]:.6f}" if name in row.inception else "" for name in INCEPTION.values()]
    return [row.task, row.label, str(row.images), str(row.photographs), *known, *inception]


def read(folder: Path, remedy: str) -> list[Row]:
    """What `write` wrote; empty where a pool has no such table, as those of before.

    Args:
        remedy: the sentence that says how to have a damaged table back.

    Raises:
        UserError: the table is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return []
    rows = read_csv(path, COLUMNS, remedy)
    with understood(path, remedy):
        return [
            Row(
                row["task"],
                row["class"],
                int(row["images"]),
                int(row["photographs"]),
                intervals.read(row, NAMES),
                {name: float(row[column]) for column, name in INCEPTION.items() if row.get(column)},
            )
            for row in rows
        ]
