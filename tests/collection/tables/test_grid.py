"""Cells -> a table: headers, merged cells, rows out of line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kilnmix.collection.tables import grid as grids
from kilnmix.collection.tables import reader
from kilnmix.collection.tables.grid import Grid, Merge
from kilnmix.common import csv_files
from kilnmix.common.errors import UserError
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


def test_a_table_that_was_written_here_is_read_back_as_it_was(tmp_path: Path) -> None:
    header, rows = ["image", "=type", "-"], [["=a.jpg", "'=b", "''-c"], ["'d", "+4", "@e"]]
    csv_files.write(tmp_path / "t.csv", header, rows)
    table = reader.read(tmp_path / "t.csv")
    assert list(table.columns) == header
    assert [list(row) for row in table.rows] == rows


def grid(*rows: list[str], merges: list[Merge] | None = None, **more: Any) -> Grid:
    return Grid(list(enumerate(map(list, rows), start=1)), "xlsx", merges=merges or [], **more)


def test_a_merged_cell_says_the_same_of_all_its_rows() -> None:
    given = grid(["image", "dynasty"], ["a.jpg", "Ming"], ["b.jpg"], ["c.jpg", "Qing"], merges=[Merge(1, 1, 2, 1)])
    assert grids.table(Path("t.xlsx"), given).rows == (("a.jpg", "Ming"), ("b.jpg", "Ming"), ("c.jpg", "Qing"))


def test_headings_of_a_group_stand_before_names_that_are_not_unique() -> None:
    given = grid(
        *(["image", "front", "", "back", ""], ["", "glaze", "type", "glaze", "foot"], ["a.jpg", "x", "y", "z", "w"]),
        merges=[Merge(0, 0, 1, 0), Merge(0, 1, 0, 2), Merge(0, 3, 0, 4)],
    )
    assert grids.table(Path("t.xlsx"), given).columns == ("image", "front glaze", "type", "back glaze", "foot")


def test_the_header_is_the_row_with_known_names() -> None:
    given = grid(["Register", "of", "2020"], ["", "", ""], ["image", "type", "note"], ["a.jpg", "bowl", ""])
    table = grids.table(Path("t.xlsx"), given, lambda text: text in ("image", "type"))
    assert (table.columns, table.header, table.lines) == (("image", "type", "note"), 3, (4,))
    assert table.notes == ("passed over above the header: 'Register of 2020'",)
    assert grids.headings(given, lambda text: text in ("image", "type")) == 2
    assert (grids.headings(given, None), grids.filled(given)) == (0, 3)


def test_empty_headings_get_numbers_and_empty_rows_go() -> None:
    table = grids.table(Path("t.xlsx"), grid(["image", "", "type"], ["", "", ""], ["a.jpg", "1", "bowl"], ["", ""]))
    assert (table.columns, table.lines) == (("image", "column 2", "type"), (3,))


def test_a_row_with_more_cells_than_the_header_is_not_trusted() -> None:
    table = grids.table(Path("t.csv"), grid(["image", "type"], ["a.jpg", "bowl", "x"], ["b.jpg", "jar", ""]))
    assert table.misaligned == {0: "the row has 3 cells and the header 2 names"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (grid(), "is empty"),
        (grid(["", " "]), "is empty"),
        (grid(["image", "type"]), r"a header \(image, type\) and no rows"),
        (grid(["image", "image"], ["a", "b"]), "more than one column named image"),
        (grid(["image"], ["a"], refusal="cell B2 holds no result"), "cell B2 holds no result"),
    ],
)
def test_what_is_no_table(given: Grid, said: str) -> None:
    with pytest.raises(UserError, match=said):
        grids.table(Path("t.xlsx"), given)


def _known(text: str) -> bool:
    return text in ("image", "object", "dynasty", "type")


def test_headings_merged_from_the_line_above_and_group_names() -> None:
    rows = [
        (1, ["image", "of the object", "", ""]),
        (2, ["", "object", "dynasty", "type"]),
        (3, ["a.jpg", "1", "Ming", "bowl"]),
    ]
    merged = Grid(rows, "xlsx", merges=[Merge(0, 0, 1, 0), Merge(0, 1, 0, 3)])
    found = grids.table(Path("t.xlsx"), merged, _known)
    assert found.columns == ("image", "object", "dynasty", "type")
    assert (found.rows, found.header, found.notes) == ((("a.jpg", "1", "Ming", "bowl"),), 2, ())
    loose = grids.table(Path("t.csv"), Grid(rows, "utf-8"), _known)
    assert loose.columns == found.columns
    title = [(1, ["All photographs", "", "", ""]), (2, ["", "object", "dynasty", "type"]), (3, ["x", "1", "", ""])]
    assert grids.table(Path("t.csv"), Grid(title, "utf-8"), _known).columns[0] == "column 1"
