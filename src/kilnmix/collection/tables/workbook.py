"""XLSX workbooks -> the cells of a sheet, as a spreadsheet shows them.

Read from the XML itself (ECMA-376 and its strict form), by local names: report generators and office programs write
wrong dimensions, leave out cell addresses, or carry styles that stricter readers refuse.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from kilnmix.collection.tables.display import shown
from kilnmix.collection.tables.grid import Grid, Merge
from kilnmix.collection.tables.table import listed
from kilnmix.common.errors import UserError

LARGEST_PART = 2**30
"""Bytes of a part of the archive when unpacked."""
MOST_CELLS = 20_000_000
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
"""A character as its code in UTF-16 (ECMA-376, ST_Xstring): `_x000D_` for the end of a line."""
_ADDRESS = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
DAMAGED = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, zlib.error, zipfile.BadZipFile,
           ElementTree.ParseError, NotImplementedError, EOFError, RuntimeError, OverflowError)  # fmt: skip
"""What zipfile and the XML parser raise on damaged or locked archives."""


@dataclass(frozen=True)
class Sheet:
    """A sheet's name, its part of the archive, and whether it is shown."""

    name: str
    part: str
    visible: bool


class Workbook:
    """An opened workbook.

    Raises:
        one of `DAMAGED`: it is none, or is damaged.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._parts = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in archive.infolist()}
        root = self._xml("xl/workbook.xml")
        targets = self._targets("xl/_rels/workbook.xml.rels")
        self.sheets = [
            Sheet(
                str(_attribute(sheet, "name") or ""),
                targets[_attribute(sheet, "id") or ""],
                _attribute(sheet, "state") not in ("hidden", "veryHidden"),
            )
            for sheet in _all(root, "sheet")
            if "worksheet" in targets.get(_attribute(sheet, "id") or "", "")
        ]
        self._from_1904 = any(_attribute(entry, "date1904") in ("1", "true") for entry in _all(root, "workbookPr"))
        self._strings = (
            [_unescaped("".join(_texts(entry))) for entry in _all(self._xml("xl/sharedstrings.xml"), "si")]
            if "xl/sharedstrings.xml" in self._parts
            else []
        )
        self._formats = _formats(self._xml("xl/styles.xml")) if "xl/styles.xml" in self._parts else []

    def grid(self, sheet: Sheet) -> Grid:
        """All cells of a sheet; refused where a formula's result was not stored."""
        root = self._xml(sheet.part)
        rows: list[tuple[int, list[str]]] = []
        total, number, errors, hidden, refusal = 0, 0, [], 0, ""
        for row in _all(root, "row"):
            number = int(row.get("r") or number + 1)
            hidden += row.get("hidden") in ("1", "true")
            cells: list[str] = []
            for cell in _children(row, "c"):
                column = _column(cell.get("r")) if cell.get("r") else len(cells)
                cells += [""] * (column + 1 - len(cells))
                text, wrong = self._text(cell)
                if text is None:
                    refusal = refusal or no_result(sheet.name, f"{letters(column)}{number}")
                if wrong:
                    errors.append(f"{letters(column)}{number} {text}")
                cells[column] = "" if wrong or text is None else text
            total += len(cells)
            if total > MOST_CELLS:
                raise ValueError("too many cells")
            rows.append((number, cells))
        notes = [f"cells with a spreadsheet's error, taken as empty: {listed(errors, 5)}"] if errors else []
        if hidden:
            notes.append(f"{hidden} hidden rows are read as well")
        merges = list(_merges(root, [number for number, _ in rows]))
        return Grid(rows, "xlsx", sheet.name, merges, notes=notes, refusal=refusal, hidden=_hidden(root))

    def _text(self, cell: Element) -> tuple[str | None, bool]:
        """What a cell shows, none for a formula without a result; and whether it is an error (#N/A)."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _unescaped("".join(_texts(cell))), False
        value = "".join(entry.text or "" for entry in _children(cell, "v"))
        if not value:
            return (None if kind != "str" and next(_children(cell, "f"), None) is not None else ""), False
        if kind == "s":
            return self._strings[int(value)], False
        if kind == "b":
            return ("TRUE" if value == "1" else "FALSE"), False
        if kind in ("str", "d"):
            return _unescaped(value), False
        if kind == "e":
            return value, True
        style = int(cell.get("s") or 0)
        return shown(value, self._formats[style] if style < len(self._formats) else "General", self._from_1904), False

    def _xml(self, part: str) -> Element:
        info = self._parts[part.lower()]
        if info.file_size > LARGEST_PART:
            raise ValueError("a part of the archive is too large")
        return ElementTree.fromstring(self._archive.read(info))

    def _targets(self, part: str) -> dict[str, str]:
        """Relationship id -> part."""
        found = {}
        for entry in _all(self._xml(part), "Relationship"):
            target = (entry.get("Target") or "").replace("\\", "/")
            full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            kind = (entry.get("Type") or "").rsplit("/", 1)[-1]
            found[entry.get("Id") or ""] = full if kind == "worksheet" else ""
        return found


def _unescaped(text: str) -> str:
    """A text with its escaped characters; `_x005F_` is the underscore of one that is meant as it stands."""
    if _ESCAPED.search(text) is None:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")


def _hidden(root: Element) -> frozenset[int]:
    """Columns that the sheet does not show."""
    return frozenset(
        place
        for entry in _all(root, "col")
        if entry.get("hidden") in ("1", "true")
        for place in range(int(entry.get("min") or 1) - 1, min(int(entry.get("max") or 0), 16_384))
    )


def no_result(sheet: str, address: str) -> str:
    """Why a sheet is refused."""
    return (
        f"sheet {sheet!r}, cell {address}: a formula stands here without its result. Open the workbook in a "
        "spreadsheet program and save it, or replace the formulas by their values"
    )


def _name(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _all(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if _name(element) == name)


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _name(child) == name)


def _attribute(element: Element, name: str) -> str | None:
    return next((value for key, value in element.attrib.items() if key.rsplit("}", 1)[-1] == name), None)


def _texts(element: Element) -> Iterator[str]:
    """Texts of a string, without the readings that Japanese spreadsheets keep beside it."""
    for child in element:
        if _name(child) == "t":
            yield child.text or ""
        elif _name(child) != "rPh":
            yield from _texts(child)


def _formats(styles: Element) -> list[str]:
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    own = {int(entry.get("numFmtId", -1)): entry.get("formatCode") or "General" for entry in _all(styles, "numFmt")}
    known: Mapping[int, str] = {**BUILTIN_FORMATS, **own}
    return [
        known.get(int(entry.get("numFmtId") or 0), "General")
        for cells in _all(styles, "cellXfs")
        for entry in _children(cells, "xf")
    ]


def _merges(root: Element, numbers: Sequence[int]) -> Iterator[Merge]:
    place = {number: row for row, number in enumerate(numbers)}
    for entry in _all(root, "mergeCell"):
        first, _, last = (entry.get("ref") or "").partition(":")
        start, end = _ADDRESS.match(first), _ADDRESS.match(last or first)
        if start is None or end is None:
            continue
        rows = [place[n] for n in range(int(start[2]), min(int(end[2]), max(numbers, default=0)) + 1) if n in place]
        if rows and int(start[2]) in place:
            yield Merge(rows[0], _column(start[1] + "1"), rows[-1], min(_column(end[1] + "1"), 16_383))


def _column(address: str | None) -> int:
    match = _ADDRESS.match(address or "")
    if match is None:
        raise ValueError(f"no cell has the address {address!r}")
    number = 0
    for letter in match[1]:
        number = 26 * number + ord(letter) - 64
    return number - 1


def letters(column: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def choose(path: Path, sheets: Sequence[tuple[str, bool]], grid: Callable[[int], Grid], wanted: str | None,
           worth: Callable[[Grid], tuple[int, int]]) -> Grid:  # fmt: skip
    """The sheet that holds the table: the one asked for, else of the visible ones that hold rows the worthiest.

    Args:
        sheets: (name, visible) of each; `grid` gives its cells.
        worth: known headings, and rows, of a grid.

    Raises:
        UserError: there is no sheet `wanted`.
    """
    if wanted is not None:
        for place, (name, _) in enumerate(sheets):
            if name.strip() == wanted.strip():
                return grid(place)
        raise UserError(f"{path} has no sheet {wanted!r}. Its sheets are: {', '.join(name for name, _ in sheets)}.")
    shown_ = [place for place, (_, visible) in enumerate(sheets) if visible] or list(range(len(sheets)))
    grids = {place: grid(place) for place in shown_}
    worths = {place: worth(found) for place, found in grids.items()}
    holding = [place for place in shown_ if worths[place][1] > 1] or shown_[:1]
    if not holding:
        raise UserError(f"{path} is empty. A label table has a header line and one row a photograph.")
    best = max(holding, key=lambda place: (worths[place][0], -place))
    others = [f"{sheets[place][0]!r} ({worths[place][1]} rows)" for place in holding if place != best]
    if others:
        grids[best].notes.append(
            f"other sheets that hold rows, passed over: {', '.join(others)}; --sheet takes another"
        )
    unseen = [repr(name) for place, (name, _) in enumerate(sheets) if place not in shown_]
    if unseen:
        grids[best].notes.append(f"hidden sheets, passed over: {', '.join(unseen)}")
    return grids[best]
