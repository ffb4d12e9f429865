"""HTML and Excel's XML of 2003 -> cells."""

from __future__ import annotations

from pathlib import Path

from kilnmix.collection.tables import reader
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
