"""OpenDocument spreadsheets (.ods of LibreOffice, Google and WPS; flat .fods) -> cells as they are shown."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from kilnmix.collection.tables.grid import Grid, Merge
from kilnmix.collection.tables.workbook import LARGEST_PART, MOST_CELLS, letters, no_result

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"


class Document:
    """An opened spreadsheet; raises what `workbook.DAMAGED` names where it is none."""

    def __init__(self, content: bytes | zipfile.ZipFile) -> None:
        if isinstance(content, zipfile.ZipFile):
            if content.getinfo("content.xml").file_size > LARGEST_PART:
                raise ValueError("a part of the archive is too large")
            content = content.read("content.xml")
        root = ElementTree.fromstring(content)
        unseen = {
            style.get(f"{_STYLE}name")
            for style in root.iter(f"{_STYLE}style")
            if any(entry.get(f"{_TABLE}display") == "false" for entry in style.iter(f"{_STYLE}table-properties"))
        }
        self._tables = list(root.iter(f"{_TABLE}table"))
        self.sheets = [
            (str(table.get(f"{_TABLE}name", "")), table.get(f"{_TABLE}style-name") not in unseen)
            for table in self._tables
        ]

    def grid(self, place: int) -> Grid:
        """All cells of one sheet; refused where a formula's result was not stored."""
        table, name = self._tables[place], self.sheets[place][0]
        rows: list[tuple[int, list[str]]] = []
        merges: list[Merge] = []
        number, total, refusal = 1, 0, ""
        for row in _rows(table):
            repeat = int(row.get(f"{_TABLE}number-rows-repeated", 1))
            cells, spans, why = _cells(row, name, number)
            refusal = refusal or why
            merges += [
                Merge(len(rows), column, len(rows) + height - 1, column + width - 1) for column, height, width in spans
            ]
            if any(cells):
                total += len(cells) * repeat
                if total > MOST_CELLS:
                    raise ValueError("too many cells")
                rows += [(number + more, list(cells)) for more in range(repeat)]
            else:
                rows += [(number + more, []) for more in range(min(repeat, 1000))]
            number += repeat
        while rows and not rows[-1][1]:
            rows.pop()
        last = len(rows) - 1
        kept = [Merge(m.top, m.left, min(m.bottom, last), m.right) for m in merges if m.top <= last]
        return Grid(rows, "ods", name, kept, refusal=refusal, hidden=_hidden(table))


def _hidden(table: Element) -> frozenset[int]:
    """Columns that the sheet does not show."""
    found: list[int] = []
    place = 0
    for entry in table.iter(f"{_TABLE}table-column"):
        repeat = int(entry.get(f"{_TABLE}number-columns-repeated", 1))
        if entry.get(f"{_TABLE}visibility", "visible") != "visible":
            found += range(place, min(place + repeat, 16_384))
        place += repeat
    return frozenset(found)


def _rows(element: Element) -> Iterator[Element]:
    """Rows in order, those inside header and other groups too."""
    for child in element:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in (f"{_TABLE}table-rows", f"{_TABLE}table-header-rows", f"{_TABLE}table-row-group"):
            yield from _rows(child)


def _cells(row: Element, sheet: str, number: int) -> tuple[list[str], list[tuple[int, int, int]], str]:
    """Texts; (column, rows, columns) of the merged ranges that begin in this row; and why the row is refused."""
    cells: list[str] = []
    spans = []
    blanks, refusal = 0, ""
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeat = int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        text = "" if cell.tag == f"{_TABLE}covered-table-cell" else _shown(cell)
        column = len(cells) + blanks
        if not text and cell.get(f"{_TABLE}formula") and cell.get(f"{_OFFICE}value-type") is None:
            refusal = refusal or no_result(sheet, f"{letters(column)}{number}")
        height, width = (int(cell.get(f"{_TABLE}number-{what}-spanned", 1)) for what in ("rows", "columns"))
        if height > 1 or width > 1:
            spans.append((column, height, width))
        if text:
            if blanks + repeat > 16_384:
                raise ValueError("too many columns")
            cells += [""] * blanks + [text] * repeat
            blanks = 0
        else:
            blanks += repeat
    return cells, spans, refusal


def _shown(cell: Element) -> str:
    paragraphs = ["".join(_texts(entry)) for entry in cell if entry.tag == f"{_TEXT}p"]
    if paragraphs:
        return "\n".join(paragraphs)
    return next((value for name in ("string-value", "date-value", "value") if (value := cell.get(_OFFICE + name))), "")


def _texts(element: Element) -> Iterator[str]:
    """The text of a paragraph: blanks and tabs stand as elements, and notes are left out."""
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * min(1000, int(child.get(f"{_TEXT}c", 1)))
        elif child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            yield " "
        elif child.tag not in (f"{_OFFICE}annotation", f"{_TEXT}note", f"{_TEXT}ruby-text"):
            yield from _texts(child)
        yield child.tail or ""
