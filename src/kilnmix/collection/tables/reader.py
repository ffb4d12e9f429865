"""The label table as people keep it: CSV, TSV, XLSX, ODS, HTML called .xls, or JSON, told by its content.

Comes out: a `Table` of text cells as a spreadsheet shows them. Nothing here knows what a column means.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from kilnmix.collection.tables import delimited, encoding, markup, records, workbook
from kilnmix.collection.tables import grid as grids
from kilnmix.collection.tables.grid import Grid, Known
from kilnmix.collection.tables.opendocument import Document
from kilnmix.collection.tables.table import Table
from kilnmix.common.errors import UserError

LARGEST = 512 * 2**20
"""Bytes: a label table larger than this is a mistake (a picture, an archive) and is not read."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
KINDS = "A CSV, TSV, XLSX, ODS or JSON file is needed."


def read(path: Path, encoding_: str | None = None, sheet: str | None = None, known: Known | None = None) -> Table:
    """The table in `path`, by its content rather than its suffix; empty rows are passed over.

    Args:
        encoding_: of a text file, when what is found by itself is wrong.
        sheet: of a workbook, when the one that is found by itself is wrong.
        known: whether a text is a heading that tables use: what tells a header from the lines above it.

    Raises:
        UserError: there is no such file, it is no table, it has no rows, or it cannot be told what its rows are.
    """
    content = _content(path)
    try:
        grid = _grid(content, path, encoding_, sheet, known)
    except workbook.DAMAGED as error:
        raise UserError(f"{path} is damaged or is no workbook. Save it anew as XLSX, or export it as CSV.") from error
    return grids.table(path, grid, known)


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise UserError(f"{path} is a folder, not a label table. Name the CSV, TSV or XLSX file inside it.")
    if not path.exists():
        raise UserError(f"There is no label table {path}. Check the name, or give another one.")
    if not path.is_file():
        raise UserError(f"{path} is no file, but a pipe or a device. Name the table itself.")
    if path.stat().st_size > LARGEST:
        raise UserError(f"{path} is larger than {LARGEST // 2**20} MB, which no label table is. Name the table itself.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error


def _grid(content: bytes, path: Path, encoding_: str | None, sheet: str | None, known: Known | None) -> Grid:
    if content[:4] == b"PK\x03\x04":
        return _archive(path, sheet, known)
    if content[:8] == _OLE:
        raise UserError(
            f"{path} is a workbook of the old .xls kind, or one locked by a password. Open it in a spreadsheet "
            "program, save it as .xlsx without a password, and use that."
        )
    if content[:13].lower() == b"mime-version:":
        raise UserError(f"{path} is a web archive. Open it in a spreadsheet program and save it as .xlsx.")
    if markup.is_excel_xml(content):
        return _choose(path, markup.excel_xml(content), sheet, known)
    if content[:5] == b"<?xml" and b"urn:oasis:names:tc:opendocument" in content[:4000]:
        return _document(path, Document(content), sheet, known)
    if markup.is_html(content):
        said = encoding_ or (None if content.startswith(encoding.BOMS[0][0]) else markup.charset(content))
        text, _ = encoding.decode(content, path, said)
        return _choose(path, markup.html(text), sheet, known)
    marked = content.startswith(tuple(mark for mark, _ in encoding.BOMS))
    if encoding_ is None and not marked and _looks_binary(content):
        raise UserError(f"{path} is not a table of text. {KINDS}")
    text, found = encoding.decode(content, path, encoding_)
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        grid = records.read(text.lstrip("\ufeff"), path)
        grid.encoding = f"json, {found}"
        return grid
    return delimited.read(text, path, found)


def _archive(path: Path, sheet: str | None, known: Known | None) -> Grid:
    with zipfile.ZipFile(path) as archive:
        names = {name.replace("\\", "/").lstrip("/").lower() for name in archive.namelist()}
        if "content.xml" in names:
            return _document(path, Document(archive), sheet, known)
        if "xl/workbook.bin" in names:
            raise UserError(f"{path} is a binary workbook (.xlsb). Save it as .xlsx and use that.")
        if any(name.startswith("index/") and name.endswith(".iwa") for name in names) or "index.zip" in names:
            raise UserError(f"{path} is a document of Apple's. Export it as .xlsx or CSV and use that.")
        if "xl/workbook.xml" not in names:
            raise UserError(f"{path} is an archive, but no XLSX workbook. {KINDS}")
        book = workbook.Workbook(archive)
        shown = [(entry.name, entry.visible) for entry in book.sheets]
        return workbook.choose(
            path, shown, lambda place: book.grid(book.sheets[place]), sheet, lambda grid: _worth(grid, known)
        )


def _document(path: Path, document: Document, sheet: str | None, known: Known | None) -> Grid:
    return workbook.choose(path, document.sheets, document.grid, sheet, lambda grid: _worth(grid, known))


def _choose(path: Path, found: list[Grid], sheet: str | None, known: Known | None) -> Grid:
    shown = [(grid.sheet, True) for grid in found]
    return workbook.choose(path, shown, lambda place: found[place], sheet, lambda grid: _worth(grid, known))


def _worth(grid: Grid, known: Known | None) -> tuple[int, int]:
    return grids.headings(grid, known), grids.filled(grid)


def _looks_binary(content: bytes) -> bool:
    start = content[:4000]
    control = sum(byte < 32 and byte not in (9, 10, 11, 12, 13, 26) for byte in start)
    return control > 0.02 * len(start) and encoding.bare_utf16(content) is None
