"""The forms in which tables come: workbooks, OpenDocument, web pages called .xls, museums' JSON, every encoding."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from kilnmix.collection.tables import columns, display, encoding, reader
from kilnmix.collection.tables.invisible import cleaned
from kilnmix.collection.tables.table import Table
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.common.errors import UserError
from tests import composed
from tests.collection.conftest import REPOSITORY

LINES = [["图片", "藏品编号", "年代", "器型"], ["a.jpg", "0012", "明", "碗"], ["b.jpg", "0013", "清", "瓶"]]


@pytest.fixture(scope="module")
def known() -> Callable[[str], bool]:
    words = vocabulary.load(REPOSITORY / "conf" / "vocabulary.yaml")
    settings = composed.settings().collection
    return columns.known_headings(settings.columns, settings.tasks, words)


def cells(table: Table) -> list[list[str]]:
    return [list(table.columns), *map(list, table.rows)]


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


def test_formulas_without_results_are_refused_where_they_stand(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in [*LINES, ["c.jpg", "=1+1", "宋", "盘"]]:
        book.active.append(line)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(UserError, match=r"sheet 'Sheet', cell B4: a formula .* without its result"):
        reader.read(tmp_path / "t.xlsx")
    rows = "<table:table-row>" + _ods("image") + _ods("type") + "</table:table-row><table:table-row>" + _ods("a.jpg")
    rows += '<table:table-cell table:formula="of:=[.A1]"/></table:table-row>'
    with pytest.raises(UserError, match="cell B2"):
        reader.read(opendocument(tmp_path / "t.ods", rows))


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("12", "0000", "0012"), ("12", "General", "12"), ("12.0", "General", "12"), ("0.5", "0%", "50%"),
        ("12", '"K"000', "K012"), ("1368", "#,##0", "1368"), ("3.14159", "0.00", "3.14"), ("-5", "0", "-5"),
        ("0.1", "General", "0.1"), ("44927", "yyyy-mm-dd", "2023-01-01"), ("44927", "yyyy", "2023"),
        ("12", "@", "12"), ("1.5", "#.##", "1.5"), ("7", "000-00", "7"),
    ],
)  # fmt: skip
def test_numbers_as_displayed(value: str, code: str, shown: str) -> None:
    assert display.shown(value, code) == shown


def test_title_lines_groups_and_merged_headings(tmp_path: Path, known: Callable[[str], bool]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["某某博物馆馆藏瓷器登记表"])
    sheet.append(["填表人：某", None, None, "日期：2020年"])
    sheet.append(["图片", "尺寸", None, "年代", "器型"])
    sheet.append([None, "高", "口径"])
    sheet.append(["a.jpg", 10, 12, "明", "碗"])
    for merged in ("A1:E1", "A3:A4", "B3:C3", "D3:D4", "E3:E4"):
        sheet.merge_cells(merged)
    book.save(tmp_path / "t.xlsx")
    table = reader.read(tmp_path / "t.xlsx", known=known)
    assert cells(table) == [["图片", "高", "口径", "年代", "器型"], ["a.jpg", "10", "12", "明", "碗"]]
    assert (table.header, table.lines) == (4, (5,))
    (tmp_path / "t.csv").write_text("Register of 2020,,,\n\nimage,object_id,dynasty,type\na.jpg,1,Ming,bowl\n")
    assert reader.read(tmp_path / "t.csv").columns == ("image", "object_id", "dynasty", "type")


def test_the_sheet_that_holds_the_register(tmp_path: Path, known: Callable[[str], bool]) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["请先阅读", "说明"])
    book.active.append(["1", "2"])
    book.create_sheet("空")
    sheet = book.create_sheet("登记")
    for line in LINES:
        sheet.append(line)
    book.save(tmp_path / "t.xlsx")
    table = reader.read(tmp_path / "t.xlsx", known=known)
    assert table.sheet == "登记"
    assert any("'说明' (2 rows)" in note for note in table.notes)
    assert reader.read(tmp_path / "t.xlsx", sheet="说明").columns == ("请先阅读", "说明")
    with pytest.raises(UserError, match="no sheet 'x'"):
        reader.read(tmp_path / "t.xlsx", sheet="x")


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


@pytest.mark.parametrize(
    ("content", "header", "row"),
    [
        ([{"objectID": 1, "period": "Ming", "tags": [{"term": "a"}, {"term": "b"}]}],
         ("objectID", "period", "tags"), ("1", "Ming", "a; b")),
        ({"data": [{"id": 2, "culture": ["China, Tang"], "images": {"web": {"filename": "x.jpg"}}}]},
         ("id", "culture", "images.web.filename"), ("2", "China, Tang", "x.jpg")),
        ({"info": 1, "records": [{"objectnumber": "1.2", "dated": None, "worktypes": [{"worktype": "bowl"}]}]},
         ("objectnumber", "dated", "worktypes"), ("1.2", "", "bowl")),
        ({"systemNumber": "O1", "_primaryDate": "1700s"}, ("systemNumber", "_primaryDate"), ("O1", "1700s")),
    ],
)  # fmt: skip
def test_museums_json(tmp_path: Path, content: object, header: Sequence[str], row: Sequence[str]) -> None:
    (tmp_path / "t.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    table = reader.read(tmp_path / "t.json")
    assert (table.columns, table.rows) == (header, (row,))


def test_json_lines(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"image": "a.jpg", "type": "bowl"}\n\n{"image": "b.jpg", "date": 1700}\n')
    assert cells(reader.read(tmp_path / "t.jsonl"))[1:] == [["a.jpg", "bowl", ""], ["b.jpg", "", "1700"]]
    (tmp_path / "t.jsonl").write_text('{"image": "a.jpg"}\n{"image": \n')
    with pytest.raises(UserError, match="line 2"):
        reader.read(tmp_path / "t.jsonl")


TEXT = "图片,年代,器型\na.jpg,明代,青花缠枝莲纹大碗\nb.jpg,清代,粉彩花卉纹瓶\nc.jpg,宋代,白釉刻花盘\n"
TRADITIONAL = "圖片,年代,器型\na.jpg,明代,青花纏枝蓮紋大碗\nb.jpg,清代,粉彩花卉紋瓶\nc.jpg,宋代,白釉刻花盤\n"
JAPANESE = "画像,時代,名称\na.jpg,明時代,青花の大きな鉢です\nb.jpg,清時代,カラフルな花瓶と皿\n"
FRENCH = "image,source,titre\na.jpg,Musée Guimet,Bol à décor de fleurs\nb.jpg,Musée Cernuschi,Assiette céladon\n"


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        (TEXT, "utf-8", "utf-8"), (TEXT, "utf-8-sig", "utf-8-sig"), (TEXT, "utf-16", "utf-16"),
        (TEXT, "utf-16-le", "utf-16-le"), (TEXT, "utf-16-be", "utf-16-be"), (TEXT, "gbk", "gb18030"),
        (TEXT, "gb18030", "gb18030"), (TRADITIONAL, "big5", "cp950"), (JAPANESE, "shift_jis", "cp932"),
        (FRENCH, "cp1252", "cp1252"), (FRENCH, "latin-1", "cp1252"), ("image,type\na.jpg,“bowl”\n", "cp1252", "cp1252"),
        ("image,type\na.jpg,宋\n", "gbk", "gb18030"),
    ],
)  # fmt: skip
def test_encodings_are_recognised(text: str, name: str, found: str) -> None:
    assert encoding.decode(text.encode(name), Path("t.csv")) == (text, found)


@pytest.mark.parametrize(
    "content",
    [
        FRENCH.encode("mac-roman"),
        "이미지,시대,그릇\na.jpg,조선시대,백자항아리와분청사기\n".encode("cp949"),
        JAPANESE.encode("euc-jp"),
    ],
)
def test_what_cannot_be_told_is_asked_for(content: bytes) -> None:
    with pytest.raises(UserError, match="--encoding"):
        encoding.decode(content, Path("t.csv"))


def test_a_bad_byte_is_named_with_its_line() -> None:
    content = TEXT.encode()
    place = content.index("粉".encode())
    with pytest.raises(UserError, match=r"line 3: byte \d+ of the file \(0xff\) is not UTF-8"):
        encoding.decode(content[:place] + b"\xff" + content[place:], Path("t.csv"))


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", ",", "；", "，"])
def test_delimiters_whatever_the_suffix(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "t.csv").write_text("\n".join(delimiter.join(line) for line in LINES), encoding="utf-8")
    assert cells(reader.read(tmp_path / "t.csv")) == LINES


def test_quotes_in_tabbed_text(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text(
        'image\ttitle\ttype\na.jpg\t"12 inch bowl\tbowl\nb.jpg\t"a ""b"" c"\tjar\nc.jpg\t5"\tcup\n'
    )
    assert [row[1] for row in reader.read(tmp_path / "t.tsv").rows] == ['"12 inch bowl', 'a "b" c', '5"']


def test_a_row_that_ends_early(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("image,dynasty,type\na.jpg,Ming,bowl\nb.jpg,Ming,\nc.jpg,bowl\n")
    table = reader.read(tmp_path / "t.csv")
    assert list(table.misaligned) == [2]
    assert "ends after 2 of 3 cells" in table.misaligned[2]
    (tmp_path / "t.csv").write_text("image,dynasty,type\na.jpg,Ming,bowl\nc.jpg,Qing\n")
    table = reader.read(tmp_path / "t.csv")
    assert not table.misaligned
    assert any("end before the header does" in note for note in table.notes)


def test_the_guard_of_formulas_is_taken_off(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("image,type\n'=a.jpg,'-b\nit's,'x'\n")
    assert reader.read(tmp_path / "t.csv").rows == (("=a.jpg", "-b"), ("it's", "'x'"))


@pytest.mark.parametrize(
    ("text", "seen"),
    [("\u200bimage\ufeff", "image"), ("dyn\u00adasty", "dynasty"), ("a\u00a0b", "a b"), ("\u202adata\u202c", "data"),
     ("\u3000宋\u3000", "宋"), ("宋\ufe00", "宋"), ("a\x00b\x07", "ab"), ("two\nlines", "two\nlines")],
)  # fmt: skip
def test_invisible_characters(text: str, seen: str) -> None:
    assert cleaned(text) == seen


@pytest.mark.parametrize(
    ("part", "said"), [("xl/workbook.bin", "xlsb"), ("Index/Document.iwa", "Apple"), ("word/document.xml", "no XLSX")]
)
def test_other_archives(tmp_path: Path, part: str, said: str) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr(part, "x")
    with pytest.raises(UserError, match=said):
        reader.read(tmp_path / "t.xlsx")
