import zipfile
from pathlib import Path

import openpyxl
import pytest

from kilnmix.collection.tables import reader as table
from kilnmix.common.errors import UserError

TEXT = "图片,年代\r\na.jpg,宋代\r\nb.jpg,“明”\r\n"
ROWS = (("a.jpg", "宋代"), ("b.jpg", "“明”"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"])
def test_encodings_that_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(TEXT.encode(encoding))
    read = table.read(path)
    assert read.columns == ("图片", "年代")
    assert read.rows == ROWS
    assert read.lines == (2, 3)


def test_a_named_encoding_wins(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes("image,年代\na.jpg,漢\n".encode("big5"))
    assert table.read(path, "big5").rows == (("a.jpg", "漢"),)
    with pytest.raises(UserError, match="cannot be read as ascii"):
        table.read(path, "ascii")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_by_the_header(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(delimiter.join(["image", '"a, b; c"']) + "\n" + delimiter.join(["x.jpg", "1"]) + "\n")
    assert table.read(path).columns == ("image", "a, b; c")


def test_a_line_in_quotes_counts_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('image,note\na.jpg,"one\ntwo"\n\nb.jpg,three\n')
    read = table.read(path)
    assert read.rows == (("a.jpg", "one\ntwo"), ("b.jpg", "three"))
    assert read.lines == (2, 5)


def test_short_rows_are_filled_and_long_ones_marked(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("image,type\na.jpg\nb.jpg,bowl,\nc.jpg,bowl,blue\n")
    read = table.read(path)
    assert read.rows == (("a.jpg", ""), ("b.jpg", "bowl"), ("c.jpg", "bowl"))
    assert set(read.misaligned) == {2}


def test_workbook_first_sheet_that_holds_anything(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "empty"
    sheet = book.create_sheet("照片")
    sheet.append(["文件名", "编号", "年代"])
    sheet.append(["a.jpg", 12.0, None])
    book.save(tmp_path / "labels.xlsx")
    read = table.read(tmp_path / "labels.xlsx")
    assert read.columns == ("文件名", "编号", "年代")
    assert read.rows == (("a.jpg", "12", ""),)
    assert read.encoding == "xlsx"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n , \n", "empty"),
        (b"image,type\n", "no rows"),
        (b"image,image\na,b\n", "more than one column named image"),
        (b"PK\x03\x04 not really a workbook", "XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"\.xls"),
        (bytes(range(256)) * 20, "not a table"),
        (b"image,a\n\xff\xfe\xff\xff\xff\n", "cannot be told"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=said):
        table.read(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no label table"):
        table.read(tmp_path / "none.csv")
    with pytest.raises(UserError, match="folder"):
        table.read(tmp_path)


@pytest.mark.parametrize(
    ("part", "said"), [("xl/workbook.bin", "xlsb"), ("Index/Document.iwa", "Apple"), ("word/document.xml", "no XLSX")]
)
def test_other_archives(tmp_path: Path, part: str, said: str) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr(part, "x")
    with pytest.raises(UserError, match=said):
        table.read(tmp_path / "t.xlsx")
