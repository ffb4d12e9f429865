"""A label table in memory: text cells under named columns. Nothing here knows what a column means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Table:
    """Rows of text under named columns.

    Attributes:
        path: where it was read from.
        columns: the header's names, in order, all different.
        rows: one tuple a row, as long as `columns`.
        lines: for each row the number by which a person finds it: the line of a text file, the row of a sheet.
        encoding: what the text was written in, or the kind of file (`xlsx`, `ods`, `html`, `json`).
        misaligned: position of a row -> why its cells may stand under wrong names; such rows are not used.
        header: the header's line.
        sheet: the sheet's name in a workbook.
        notes: what was settled in reading that the person should know.
        hidden: columns that the sheet does not show.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    encoding: str
    misaligned: dict[int, str]
    header: int = 1
    sheet: str = ""
    notes: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[str]:
        """All cells under one of `columns`."""
        position = self.columns.index(name)
        return [row[position] for row in self.rows]


def listed(names: Iterable[str], most: int = 12) -> str:
    """`a, b, c and 4 more`, for sentences."""
    names = list(names)
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
