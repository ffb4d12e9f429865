"""CSV files for people: text that a spreadsheet would take for a formula is guarded, and read back as it was."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kilnmix.common import files

_FORMULA = re.compile(r"^'*[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?$")
_GUARDED = re.compile(r"^'(?='*[=+\-@\t\r])")


def guarded(cell: object) -> Any:
    """A cell that no spreadsheet computes: text that begins with = + - @, a tab or a return gets a ' before it.

    Numbers stay numbers. Source: OWASP, CSV injection.
    """
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.match(cell):
        return f"'{cell}"
    return cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return _GUARDED.sub("", cell) if cell.startswith("'") else cell


class _Lines:
    """A text file whose rows end with a line feed, whatever the writer ends them with."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def writer(file: Any) -> Any:
    """A `csv.writer` whose rows end with a line feed. Before Python 3.13 one that is told so leaves a carriage return
    in a cell unquoted, and what it wrote cannot be read."""
    return csv.writer(_Lines(file), lineterminator="\r\n")


def write(path: Path, header: Iterable[object], rows: Iterable[Iterable[object]]) -> None:
    """Writes a whole file: UTF-8, one line a row, cells guarded."""
    with files.replacing(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
        to(file, header, rows)


def to(file: Any, header: Iterable[object], rows: Iterable[Iterable[object]]) -> None:
    """As `write`, into an open text file."""
    table = writer(file)
    table.writerow([guarded(cell) for cell in header])
    table.writerows([guarded(cell) for cell in row] for row in rows)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a file that `write` wrote, by its header; a spreadsheet may have saved it since.

    Raises:
        ValueError: it is no CSV in UTF-8, a column stands twice, or a row has more or fewer cells than the header.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        table = csv.reader(file)
        try:
            return list(_rows(table, path.name))
        except csv.Error as error:
            raise ValueError(f"{path.name}: line {table.line_num}: {error}") from error


def _rows(table: Any, name: str) -> Iterator[dict[str, str]]:
    header = [unguarded(column) for column in next(table, [])]
    twice = [column for place, column in enumerate(header) if column in header[:place]]
    if twice:
        raise ValueError(f"{name}: the column {twice[0]!r} stands twice")
    for cells in table:
        if cells and len(cells) != len(header):
            raise ValueError(f"{name}: line {table.line_num} has {len(cells)} cells instead of {len(header)}")
        if cells:
            yield dict(zip(header, map(unguarded, cells), strict=True))
