"""OpenDocument spreadsheets -> cells as they are shown."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from kilnmix.collection.tables import reader
from kilnmix.collection.tables.opendocument import Document
from kilnmix.common.errors import UserError
from tests.collection.tables.conftest import LINES, cells


def opendocument(path: Path, rows: str, name: str = "登记", style: str = "") -> Path:
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
    )
    styles = (
        '<office:automatic-styles><style:style style:name="ta2"><style:table-properties table:display="false"/>'
        "</style:style></office:automatic-styles>"
    )
    hidden = '<table:table table:name="lists" table:style-name="ta2"><table:table-row>' + _ods("x") + _ods("y")
    hidden += "</table:table-row><table:table-row>" + _ods("1") + _ods("2") + "</table:table-row></table:table>"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>{styles}<office:body>'
        f'<office:spreadsheet>{hidden}<table:table table:name="{name}" {style}>{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return path


def _ods(text: str, more: str = "") -> str:
    kind = 'office:value-type="string"' if text else ""
    return f"<table:table-cell {kind} {more}>{f'<text:p>{text}</text:p>' if text else ''}</table:table-cell>"


COVERED = "<table:covered-table-cell/>"


def test_opendocument_with_merged_cells_blanks_and_a_hidden_sheet(tmp_path: Path) -> None:
    rows = "<table:table-row>" + "".join(map(_ods, LINES[0])) + "</table:table-row>"
    rows += "<table:table-row>" + _ods("a.jpg") + _ods("0012", 'table:number-rows-spanned="2"') + _ods("明")
    rows += '<table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation>'
    rows += '<text:p>大<text:s text:c="2"/>碗</text:p></table:table-cell></table:table-row>'
    rows += "<table:table-row>" + _ods("b.jpg") + COVERED + _ods("", 'table:number-columns-repeated="1"')
    rows += _ods("瓶") + "</table:table-row>"
    rows += '<table:table-row table:number-rows-repeated="1048570"><table:table-cell '
    rows += 'table:number-columns-repeated="16384"/></table:table-row>'
    table = reader.read(opendocument(tmp_path / "t.ods", rows))
    assert cells(table) == [LINES[0], ["a.jpg", "0012", "明", "大  碗"], ["b.jpg", "0012", "", "瓶"]]
    assert (table.sheet, table.encoding, table.lines) == ("登记", "ods", (2, 3))
    assert any("lists" in note for note in table.notes)


def test_a_formula_without_its_result_is_refused_where_it_stands(tmp_path: Path) -> None:
    rows = "<table:table-row>" + _ods("image") + _ods("type") + "</table:table-row><table:table-row>" + _ods("a.jpg")
    rows += '<table:table-cell table:formula="of:=[.A1]"/></table:table-row>'
    with pytest.raises(UserError, match="cell B2"):
        reader.read(opendocument(tmp_path / "t.ods", rows))


def test_repeated_cells_and_rows() -> None:
    spaces = 'xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    spaces += 'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    spaces += 'xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    row = '<t:table-row t:number-rows-repeated="2"><t:table-cell t:number-columns-repeated="2"/>'
    row += '<t:table-cell t:number-columns-repeated="3"><x:p>a<x:tab/>b</x:p><x:p>c</x:p></t:table-cell></t:table-row>'
    value = '<t:table-row><t:table-cell o:value-type="float" o:value="7"/></t:table-row>'
    document = Document(
        f'<d {spaces}><t:table t:name="s"><t:table-header-rows>{row}</t:table-header-rows>'
        f"<t:table-row/>{value}</t:table></d>".encode()
    )
    assert document.sheets == [("s", True)]
    line = ["", "", "a b\nc", "a b\nc", "a b\nc"]
    assert document.grid(0).rows == [(1, line), (2, line), (3, []), (4, ["7"])]


def test_hidden_columns_are_told(tmp_path: Path) -> None:
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    rows = "".join(f"<table:table-row>{''.join(map(_ods, line))}</table:table-row>" for line in LINES)
    table = reader.read(opendocument(tmp_path / "t.ods", columns + rows))
    assert table.hidden == {"年代"}
    assert "hidden columns, used only where no other serves: '年代'" in table.notes
