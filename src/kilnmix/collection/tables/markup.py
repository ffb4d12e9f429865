"""Tables in HTML, which many systems call .xls, and Excel's XML of 2003 -> cells."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

from kilnmix.collection.tables.grid import Grid, Merge

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_SHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"


def is_html(content: bytes) -> bool:
    start = content[:4000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(b"<") and (b"<table" in content[: 2**16].lower()) and b"<?mso-application" not in start


def is_excel_xml(content: bytes) -> bool:
    return content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") and _SHEET[1:-1].encode() in content[:4000]


def charset(content: bytes) -> str | None:
    """The encoding that a page says it has."""
    found = _CHARSET.search(content[:4000])
    return {"gb2312": "gb18030", "gbk": "gb18030"}.get(name := found[1].decode().lower(), name) if found else None


class _Tables(HTMLParser):
    """The cells of every table of a page; a table in a cell counts as part of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[list[list[str]], list[Merge]]] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(([], []))
        if self._depth != 1:
            self._unseen += tag in ("style", "script")
            return
        if tag == "tr":
            self._close()
            self.tables[-1][0].append([])
        elif tag in ("td", "th"):
            self._open(dict(attrs))
        elif tag in ("br", "p", "div") and self._cell is not None:
            self._cell.append("\n")
        self._unseen += tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self._unseen = max(0, self._unseen - 1)
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._close()
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th", "tr"):
            self._close()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._unseen:
            self._cell.append(data)

    def _open(self, attributes: dict[str, str | None]) -> None:
        self._close()
        rows, merges = self.tables[-1]
        if not rows:
            rows.append([])
        row = rows[-1]
        top = len(rows) - 1
        taken = {c for m in merges if m.top < top <= m.bottom for c in range(m.left, m.right + 1)}
        while len(row) in taken:
            row.append("")
        height, width = (_span(attributes.get(name)) for name in ("rowspan", "colspan"))
        if height > 1 or width > 1:
            merges.append(Merge(top, len(row), top + height - 1, len(row) + width - 1))
        row.extend([""] * width)
        self._place = len(row) - width
        self._cell = []

    def _close(self) -> None:
        if self._cell is not None:
            self.tables[-1][0][-1][self._place] = "\n".join(
                filter(None, (" ".join(line.split(" ")).strip() for line in "".join(self._cell).splitlines()))
            )
            self._cell = None


def _span(text: str | None) -> int:
    return min(max(1, int(text)), 10_000) if text and len(text) < 19 and text.strip().isdecimal() else 1


def html(text: str) -> list[Grid]:
    """A grid for each table of a page."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    grids = []
    for number, (rows, merges) in enumerate(parser.tables, start=1):
        last = len(rows) - 1
        kept = [Merge(m.top, m.left, min(m.bottom, last), m.right) for m in merges if m.top <= last]
        grids.append(Grid(list(enumerate(rows, start=1)), "html", f"table {number}", kept))
    return grids


def excel_xml(content: bytes) -> list[Grid]:
    """A grid for each sheet of an XML spreadsheet of 2003.

    Raises:
        ValueError, xml.etree.ElementTree.ParseError: it is damaged.
    """
    grids = []
    for sheet in ElementTree.fromstring(content).iter(f"{_SHEET}Worksheet"):
        rows: list[tuple[int, list[str]]] = []
        merges: list[Merge] = []
        number = 0
        for row in sheet.iter(f"{_SHEET}Row"):
            number = int(row.get(f"{_SHEET}Index", number + 1))
            cells: list[str] = []
            for cell in row.iter(f"{_SHEET}Cell"):
                column = min(int(cell.get(f"{_SHEET}Index", len(cells) + 1)), 16_384) - 1
                cells += [""] * (column + 1 - len(cells))
                cells[column] = "".join("".join(data.itertext()) for data in cell.iter(f"{_SHEET}Data"))
                down, across = (int(cell.get(_SHEET + name, 0)) for name in ("MergeDown", "MergeAcross"))
                if down or across:
                    merges.append(Merge(len(rows), column, len(rows) + down, column + min(across, 16_383)))
                cells += [""] * across
            rows.append((number, cells))
        last = len(rows) - 1
        kept = [Merge(m.top, m.left, min(m.bottom, last), m.right) for m in merges if m.top <= last]
        grids.append(Grid(rows, "xml", str(sheet.get(f"{_SHEET}Name", "")), kept))
    return grids
