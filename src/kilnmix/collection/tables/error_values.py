"""Cells that hold a program's error or its mark of an empty cell: they say nothing, whatever the file's kind. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kilnmix.collection.tables.table import listed

_ERROR = re.compile(
    r"#N/A(?: N/A)?|#NV|#[A-ZÀ-Þ][A-ZÀ-Þ0-9/_]*[!?]|#GETTING_DATA|Err:\d{3}|<NA>|\((?:blank|空白)\)", re.IGNORECASE
)


def emptied(
    rows: Sequence[Sequence[str]], lines: Sequence[int], columns: Sequence[str]
) -> tuple[list[list[str]], list[str]]:
    """The rows with such cells empty, and a sentence that counts them where there are any."""
    wrong = [
        (row, column)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells[: len(columns)])
        if cell[:1] in "#(<eE" and _ERROR.fullmatch(cell)
    ]
    if not wrong:
        return [list(row) for row in rows], []
    some = [f"line {lines[row]} {columns[column]!r} {rows[row][column]}" for row, column in wrong]
    found = [list(row) for row in rows]
    for row, column in wrong:
        found[row][column] = ""
    return found, [f"{len(wrong)} cells hold an error of a spreadsheet, taken as empty: {listed(some, 5)}"]
