"""XLSX workbooks -> the cells of a sheet; which sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from kilnmix.collection.tables import reader
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
