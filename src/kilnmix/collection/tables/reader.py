"""The label table as people keep it: CSV, TSV or XLSX, in whatever encoding their spreadsheet wrote.

Comes out: a `Table` of stripped text cells. Nothing here knows what a column means.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kilnmix.common.errors import UserError

LARGEST = 512 * 2**20
"""Bytes: a label table larger than this is a mistake (a picture, an archive) and is not read."""
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Table:
    """Rows of text under named columns.

    Attributes:
        path: where it was read from.
        columns: the header's names, in order, all different.
        rows: one tuple a row, as long as `columns`.
        lines: for each row the number by which a person finds it: the line of a text file, the row of a sheet.
        encoding: what the text was written in, or `xlsx`.
        overlong: positions of rows with more filled cells than the header has names: a comma too many, so that cells
            may stand under wrong names.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    encoding: str
    overlong: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[str]:
        """All cells under one of `columns`."""
        position = self.columns.index(name)
        return [row[position] for row in self.rows]


def read(path: Path, encoding: str | None = None) -> Table:
    """The table in `path`, by its content rather than its suffix; empty rows are passed over.

    Args:
        encoding: of a text file, when what is found by itself (byte order mark, UTF-8, GB18030) is wrong.

    Raises:
        UserError: there is no such file, it is no table, it has no rows, or a name stands twice in its header.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder, not a label table. Name the CSV, TSV or XLSX file inside it.")
    if not path.exists():
        raise UserError(f"There is no label table {path}. Check the name, or give another one.")
    if path.stat().st_size > LARGEST:
        raise UserError(f"{path} is larger than {LARGEST // 2**20} MB, which no label table is. Name the table itself.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    if content[:4] == b"PK\x03\x04":
        cells, found = _sheet(path), "xlsx"
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UserError(f"{path} is a workbook of the old .xls kind. Save it as .xlsx or CSV and use that.")
    elif encoding is None and content[:2] not in (b"\xff\xfe", b"\xfe\xff") and _looks_binary(content):
        raise UserError(f"{path} is not a table of text. A CSV, TSV or XLSX file is needed.")
    else:
        text, found = decode(content, path, encoding)
        cells = _delimited(text, path)
    return _table(path, cells, found)


def decode(content: bytes, path: Path, encoding: str | None = None) -> tuple[str, str]:
    """Text and its encoding: by a byte order mark, else UTF-16 by its zero bytes, else UTF-8, else GB18030.

    Raises:
        UserError: none of them fits.
    """
    if encoding is not None:
        try:
            return content.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError) as error:
            raise UserError(
                f"{path} cannot be read as {encoding}: {error}. Leave the encoding out, or correct it."
            ) from error
    candidates = [name for mark, name in BOMS if content.startswith(mark)] or ["utf-8", "gb18030"]
    bare = _bare_utf16(content)
    if bare and not content.startswith(tuple(mark for mark, _ in BOMS)):
        candidates.insert(0, bare)
    for name in candidates:
        try:
            return content.decode(name), name
        except UnicodeDecodeError:
            continue
    raise UserError(f"The text of {path} is neither UTF-8, UTF-16 nor GB18030. Save it as UTF-8, or name its encoding.")


def _bare_utf16(content: bytes) -> str | None:
    """UTF-16 without a mark: delimiters, digits and Latin letters leave zeros on one side of each pair."""
    start = content[:4000]
    if len(start) < 4 or b"\x00" not in start:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < 0.04 * len(start):
        return None
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None


def _looks_binary(content: bytes) -> bool:
    start = content[:4000]
    control = sum(byte < 32 and byte not in (9, 10, 11, 12, 13, 26) for byte in start)
    return control > 0.02 * len(start) and _bare_utf16(content) is None


def _delimited(text: str, path: Path) -> list[tuple[int, list[str]]]:
    text = text.removeprefix("\ufeff").replace("\x00", "").replace("\x1a", "")
    if text[:4].lower() == "sep=" and "\n" in text:
        text = text.split("\n", 1)[1]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    csv.field_size_limit(2**24)
    rows, before = [], 0
    try:
        for row in reader:
            rows.append((before + 1, row))
            before = reader.line_num
    except csv.Error as error:
        raise UserError(
            f"{path}, line {reader.line_num}: {error}. Mend this line, or save the table anew as CSV."
        ) from error
    return rows


def _delimiter(text: str) -> str:
    """The candidate that stands most often in the first line with anything in it, outside quotes."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(header.split('"')[0::2])
    return max((",", "\t", ";", "|"), key=outside.count)


def _sheet(path: Path) -> list[tuple[int, list[str]]]:
    """Cells of the first sheet of a workbook that holds any."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = [
                (number, [_cell(value) for value in row])
                for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
            ]
            if any(any(row) for _, row in rows):
                return rows
    except (
        OSError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        zipfile.BadZipFile,
        SyntaxError,
    ) as error:
        raise UserError(f"{path} is damaged or is not an XLSX workbook. Save it anew, or export it as CSV.") from error
    except Exception as error:  # openpyxl lets its XML readers' own kinds of error through
        if type(error).__module__.split(".")[0] not in ("openpyxl", "xml", "lxml", "zlib"):
            raise
        raise UserError(f"{path} is damaged or is not an XLSX workbook. Save it anew, or export it as CSV.") from error
    return []


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _table(path: Path, cells: Sequence[tuple[int, list[str]]], encoding: str) -> Table:
    filled = [(line, [cell.strip() for cell in row]) for line, row in cells]
    filled = [(line, row) for line, row in filled if any(row)]
    if not filled:
        raise UserError(f"{path} is empty. A label table has a header line and one row a photograph.")
    header = filled[0][1]
    while header and not header[-1]:
        header.pop()
    columns = tuple(name or f"column {number}" for number, name in enumerate(header, start=1))
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise UserError(f"{path} has more than one column named {listed(twice)}. Rename or delete all but one.")
    if len(filled) == 1:
        raise UserError(f"{path} has a header ({listed(columns)}) and no rows. Add one row a photograph.")
    width = len(columns)
    rows = tuple(tuple((row + [""] * width)[:width]) for _, row in filled[1:])
    overlong = frozenset(number for number, (_, row) in enumerate(filled[1:]) if any(row[width:]))
    return Table(path, columns, rows, tuple(line for line, _ in filled[1:]), encoding, overlong)


def listed(names: Iterable[str], most: int = 12) -> str:
    """`a, b, c and 4 more`, for sentences."""
    names = list(names)
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
