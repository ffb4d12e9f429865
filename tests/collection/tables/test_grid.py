"""Cells -> a table: headers, merged cells, rows out of line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl

from kilnmix.collection.tables import reader
from tests.collection.tables.conftest import cells


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
