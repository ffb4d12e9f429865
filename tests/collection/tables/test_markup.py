"""HTML and Excel's XML of 2003 -> cells."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from kilnmix.collection.tables import markup, reader
from kilnmix.collection.tables.grid import Merge
from tests.collection.tables.conftest import LINES, cells


def test_a_web_page_called_xls(tmp_path: Path) -> None:
    page = (
        '<html><head><meta http-equiv=Content-Type content="text/html; charset=gb2312"></head><body>'
        "<table><tr><th>图片</th><th>藏品编号</th><th>年代</th><th>器型</th></tr>"
        "<tr><td>a.jpg</td><td rowspan=2>0012</td><td>明</td><td>&#30871;</td></tr>"
        "<tr><td>b.jpg</td><td>清</td><td>瓶&nbsp;</td></tr></table></body></html>"
    )
    (tmp_path / "t.xls").write_bytes(page.encode("gbk"))
    table = reader.read(tmp_path / "t.xls")
    assert cells(table) == [LINES[0], ["a.jpg", "0012", "明", "碗"], ["b.jpg", "0012", "清", "瓶"]]


def test_excels_xml_of_2003(tmp_path: Path) -> None:
    data = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in line) + "</Row>"
        for line in LINES
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    text = f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="a"><Table>{data}'
    (tmp_path / "t.xls").write_text(text + "</Table></Worksheet></Workbook>", encoding="utf-8")
    assert cells(reader.read(tmp_path / "t.xls")) == LINES


def test_a_table_of_a_page_by_hand() -> None:
    page = (
        "<p>before</p><table><tr><th colspan=2>name &amp; size<th>type</tr>"
        "<tr><td rowspan='2'>a<td>1<br>2<td><style>x{}</style>bowl</tr><tr><td>3<td>jar</td></tr></table>after"
    )
    (grid,) = markup.html(page)
    assert grid.rows == [(1, ["name & size", "", "type"]), (2, ["a", "1\n2", "bowl"]), (3, ["", "3", "jar"])]
    assert grid.merges == [Merge(0, 0, 0, 1), Merge(1, 0, 2, 0)]


def test_a_table_in_a_cell_is_part_of_it_and_a_second_one_a_grid_of_its_own() -> None:
    first, second = markup.html("<table><tr><td>a<table><tr><td>b</table></table><table><tr><td>c</table>")
    assert (first.rows, second.rows) == ([(1, ["ab"])], [(1, ["c"])])
    assert (first.sheet, second.sheet) == ("table 1", "table 2")
    assert markup.html("<p>no table</p>") == []


def test_spans_never_leave_the_table() -> None:
    (grid,) = markup.html("<table><tr><td rowspan=99999999>a<td colspan=x>b</table>")
    assert grid.merges == [Merge(0, 0, 0, 0)]


def test_pages_and_spreadsheets_are_told_apart() -> None:
    sheet = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    assert markup.is_html(b"\xef\xbb\xbf <html><TABLE>") and not markup.is_html(b"image,<table>")
    assert markup.is_excel_xml(sheet) and not markup.is_excel_xml(b"<?xml version='1.0'?><other/>")
    assert markup.charset(b"<meta charset=GB2312>") == "gb18030"
    assert markup.charset(b"<meta charset='Shift_JIS'>") == "shift_jis"
    assert markup.charset(b"<html>") is None


def test_cells_of_an_xml_sheet_stand_where_their_index_says() -> None:
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    content = (
        f'<Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="one"><Table>'
        '<Row ss:Index="3"><Cell ss:Index="2" ss:MergeAcross="1" ss:MergeDown="4"><Data>a</Data></Cell>'
        "<Cell><Data>b</Data></Cell></Row><Row><Cell><Data>c</Data></Cell></Row></Table></Worksheet></Workbook>"
    )
    (grid,) = markup.excel_xml(content.encode())
    assert (grid.sheet, grid.rows) == ("one", [(3, ["", "a", "", "b"]), (4, ["c"])])
    assert grid.merges == [Merge(0, 1, 1, 2)]
    with pytest.raises(ElementTree.ParseError):
        markup.excel_xml(b"<Workbook>")
