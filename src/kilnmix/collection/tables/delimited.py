"""Text with delimiters (CSV, TSV, semicolons, bars) -> cells, whatever the file's suffix.

A quotation mark that stays open swallows the lines that follow it. Such a reading is refused: a cell of several lines
each of which would be a whole row, or one that the end of the file leaves open.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kilnmix.collection.tables.grid import Grid
from kilnmix.common.errors import UserError

_DELIMITERS = (",", "\t", ";", "|")
_FULL_WIDTH = ("，", "；", "｜")
"""Tried where no other stands in the text."""
_LINES = 200
_TOLD = re.compile(r'"?sep=(\\t|[^\w "\r\n])?"?([ ,\t;|]*)(?:\r\n?|\n)', re.IGNORECASE)
"""The first line of a table that was written for Excel: its delimiter. A program that took the line for a row and
saved the table anew has filled it up with the delimiters that it writes itself."""


def read(text: str, path: Path, encoding: str) -> Grid:
    """The cells of a text.

    Raises:
        UserError: a quotation mark is not closed, or the text cannot be divided into cells.
    """
    text = text.removeprefix("\ufeff").replace("\x00", "").replace("\x1a", "")
    told = _TOLD.match(text)
    skipped = 1 if told else 0
    lines = list(io.StringIO(text[told.end() :] if told else text, newline=""))
    delimiter = (told and _told(*told.groups())) or _delimiter(lines)
    if delimiter == "\t" and (plain := _without_quoting(lines, delimiter)) is not None:
        rows = [(number + skipped, cells) for number, cells in enumerate(plain, start=1)]
    else:
        rows = _quoted(lines, delimiter, path, skipped)
    return Grid(rows, encoding, trimmed=False)


def _told(named: str | None, filling: str) -> str | None:
    """What the first line says: the delimiters that it is filled up with, else the one that it names."""
    return filling.strip(" ")[:1] or ("\t" if named == "\\t" else named)


def _delimiter(lines: Sequence[str]) -> str:
    """The candidate that stands equally often in the most of the first lines, outside quotes."""
    begin = ["".join(line.split('"')[0::2]) for line in lines[:_LINES] if line.strip()]
    for candidates in (_DELIMITERS, _FULL_WIDTH):
        scores = {}
        for candidate in candidates:
            counts = Counter(count for line in begin if (count := line.count(candidate)))
            most = max(counts.items(), key=lambda item: (item[1] * item[0], item[0]), default=(0, 0))
            scores[candidate] = (most[1], most[0])
        best = max(candidates, key=lambda candidate: scores[candidate])
        if scores[best][1]:
            return best
    return ","


def _without_quoting(lines: Sequence[str], delimiter: str) -> list[list[str]] | None:
    """Cells with their quotes as they stand, doubled ones in a quoted cell undone; none if a cell spans lines."""
    rows = [line.rstrip("\r\n").split(delimiter) for line in lines]
    widths = Counter(len(row) for row in rows if any(row))
    spans = any(row[-1].startswith('"') and not _closed(row[-1]) for row in rows if len(row) < max(widths, default=0))
    return None if spans else [[_unquoted(cell) for cell in row] for row in rows]


def _closed(cell: str) -> bool:
    return len(cell) > 1 and cell.endswith('"') and cell[1:-1].count('"') % 2 == 0


def _unquoted(cell: str) -> str:
    if cell.startswith('"') and _closed(cell) and '"' not in cell[1:-1].replace('""', ""):
        return cell[1:-1].replace('""', '"')
    return cell


def _quoted(lines: Sequence[str], delimiter: str, path: Path, skipped: int) -> list[tuple[int, list[str]]]:
    csv.field_size_limit(2**24)
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=False)
    rows: list[tuple[int, list[str]]] = []
    before, widths = 0, Counter[int]()
    try:
        for row in reader:
            if reader.line_num - before > 1 or reader.line_num == len(lines):
                width = max(widths, key=lambda cells: widths[cells], default=0)
                _check(lines[before : reader.line_num], delimiter, width, f"{path}, line {before + 1 + skipped}")
            widths[len(row)] += 1
            rows.append((before + 1 + skipped, row))
            before = reader.line_num
    except csv.Error as error:
        raise UserError(
            f"{path}, line {reader.line_num + skipped}: {error}. Mend this line, or save the table anew as CSV."
        ) from error
    return rows


def _check(lines: Sequence[str], delimiter: str, width: int, where: str) -> None:
    """
    Args:
        lines: of one row; width: cells that rows have.

    Raises:
        UserError: the row's quotation mark is never closed, or its lines are rows of their own.
    """
    remedy = "Close it, double it where it stands for itself, or save the table as XLSX."
    try:
        list(csv.reader(iter(lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            raise UserError(f"{where}: a quotation mark is opened and never closed. {remedy}") from None
    if len(lines) < 2 or width < 2:
        return
    whole = [line.count(delimiter) + 1 == width or _cells(line, delimiter) == width for line in lines]
    inner = whole[1:-1]
    if all(whole) or (inner and 2 * sum(inner) >= len(inner)):
        raise UserError(
            f"{where}: a quotation mark is opened here and closed {len(lines) - 1} lines later, so that the rows "
            f"between would be lost. {remedy}"
        )


def _cells(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0
