"""XLSX workbooks -> the cells of a sheet; which sheet."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from kilnmix.collection.tables import reader, workbook
from kilnmix.collection.tables.grid import Grid, Merge
from kilnmix.collection.tables.workbook import Workbook
from kilnmix.common.errors import UserError
from tests.collection.tables.conftest import LINES


def test_a_formula_without_its_result_is_refused_where_it_stands(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in [*LINES, ["c.jpg", "=1+1", "宋", "盘"]]:
        book.active.append(line)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(UserError, match=r"sheet 'Sheet', cell B4: a formula .* without its result"):
        reader.read(tmp_path / "t.xlsx")


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


@pytest.mark.parametrize("column", [0, 25, 26, 701, 702, 16_383])
def test_letters_of_columns_are_openpyxls(column: int) -> None:
    assert workbook.letters(column) == get_column_letter(column + 1)


def written(path: Path, fill: Callable[[openpyxl.Workbook], None]) -> Workbook:
    book = openpyxl.Workbook()
    fill(book)
    book.save(path)
    return Workbook(zipfile.ZipFile(path))


def test_cells_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        sheet["B2"], sheet["C2"], sheet["D2"] = 12, True, date(1999, 5, 1)
        sheet["B2"].number_format = "0000"
        sheet["A4"] = "x"
        sheet.merge_cells("A4:B5")
        sheet.row_dimensions[4].hidden = True
        sheet["C4"].value, sheet["C4"].data_type = "#N/A", "e"

    book = written(tmp_path / "t.xlsx", fill)
    grid = book.grid(book.sheets[0])
    assert grid.rows[0] == (2, ["", "0012", "TRUE", "1999-05-01"])
    assert grid.rows[1][0] == 4 and grid.rows[1][1][0] == "x"
    assert grid.merges == [Merge(1, 0, len(grid.rows) - 1, 1)]
    assert grid.notes == [
        "cells with a spreadsheet's error, taken as empty: C4 #N/A",
        "1 hidden rows are read as well",
    ]


def test_hidden_sheets_are_known(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.create_sheet("lists").sheet_state = "hidden"

    assert [(sheet.name, sheet.visible) for sheet in written(tmp_path / "t.xlsx", fill).sheets] == [
        ("Sheet", True),
        ("lists", False),
    ]


def test_the_worthiest_sheet_is_chosen() -> None:
    grids = [Grid([(1, ["a"]), (2, ["b"]), (3, ["c"])], "xlsx", name) for name in ("notes", "register", "lists")]
    worths = {"notes": (0, 3), "register": (2, 3), "lists": (5, 3)}
    sheets = [("notes", True), ("register", True), ("lists", False)]
    found = workbook.choose(Path("t.xlsx"), sheets, grids.__getitem__, None, lambda grid: worths[grid.sheet])
    assert found.sheet == "register"
    assert found.notes == [
        "other sheets that hold rows, passed over: 'notes' (3 rows); --sheet takes another",
        "hidden sheets, passed over: 'lists'",
    ]
    with pytest.raises(UserError, match="is empty"):
        workbook.choose(Path("t.xlsx"), [], grids.__getitem__, None, lambda grid: (0, 0))


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Ming_x000D_", "Ming"),
        ("a_x000D_\nb", "a\nb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_xD83D__xDE00_", "\N{GRINNING FACE}"),
        ("p_x01.png", "p_x01.png"),
        ("_x00e9_", "é"),
    ],
)
@pytest.mark.parametrize("kind", ["s", "str", "inlineStr"])
def test_characters_that_a_workbook_escapes(tmp_path: Path, stored: str, shown: str, kind: str) -> None:
    book = openpyxl.Workbook()
    book.active.append(["image", "n"])
    book.active.append(["HERE", "1"])
    book.save(tmp_path / "a.xlsx")
    cell = {"s": None, "str": f"<v>{stored}</v>", "inlineStr": f"<is><t>{stored}</t></is>"}[kind]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if cell is not None:
                content = re.sub(r'<c r="A2"[^>]*>.*?</c>', lambda _: f'<c r="A2" t="{kind}">{cell}</c>', content)
            new.writestr(name, content.replace("HERE", stored))
    assert reader.read(tmp_path / "b.xlsx").rows == ((shown, "1"),)


def test_hidden_columns_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in LINES:
        book.active.append(line)
    book.active.column_dimensions["C"].hidden = True
    book.save(tmp_path / "t.xlsx")
    table = reader.read(tmp_path / "t.xlsx")
    assert table.hidden == {"年代"}
    assert table.notes == ("hidden columns, used only where no other serves: '年代'",)


def test_a_day_that_is_too_late_is_a_number(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active["A1"] = 20240115123
        book.active["A1"].number_format = "yyyy-mm-dd"

    book = written(tmp_path / "t.xlsx", fill)
    assert book.grid(book.sheets[0]).rows == [(1, ["20240115123"])]
