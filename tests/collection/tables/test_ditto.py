"""Cells that mean `as above`, read as the cell above them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from kilnmix.collection.tables import ditto, reader

SAME = (
    "〃", '"', "''", "″", "”", "同上", "仝上", "同前", "（同上）", "ditto", "Ditto.", "do.", "Do.", "idem", "as above",
    "Same as above", '-"-', "— 〃 —", "-//-", "々",
)  # fmt: skip
OTHER = ("do", "same", "同", "同心", "-", "--", "//", "?", '6"', "above", "ditto mark", "", "'")


@pytest.mark.parametrize("cell", SAME)
def test_signs_and_words_for_the_cell_above(cell: str) -> None:
    assert ditto.filled([["a", "K1"], ["b", cell], ["c", cell]], [2, 3, 4], ("n", "object"), {}) == (
        [["a", "K1"], ["b", "K1"], ["c", "K1"]],
        {},
        ["2 cells mean that they are as the one above and are read so: 'object' 2"],
    )


@pytest.mark.parametrize("cell", OTHER)
def test_other_cells_stay(cell: str) -> None:
    assert ditto.filled([["a"], [cell]], [2, 3], ("n",), {}) == ([["a"], [cell]], {}, [])


def test_with_nothing_above_a_cell_is_empty() -> None:
    assert ditto.filled([["a", "同上"], ["b", ""], ["c", "同上"]], [2, 3, 4], ("n", "object"), {})[0] == [
        ["a", ""],
        ["b", ""],
        ["c", ""],
    ]


def test_a_row_that_repeats_one_out_of_line_is_out_of_line_too() -> None:
    rows = [["a", "K1"], ["b", "K2", "x"], ["c", "同上"], ["d", "同上"], ["e", "K3"]]
    found, bad, _ = ditto.filled(rows, [2, 3, 4, 5, 6], ("n", "object"), {1: "wide"})
    assert found == rows
    assert bad == {
        1: "wide",
        2: "the row says that it is as line 3, which cannot be used",
        3: "the row says that it is as line 4, which cannot be used",
    }


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_in_a_table(tmp_path: Path, kind: str) -> None:
    lines = [["image", "object", "type"], ["a.png", "K1", "bowl"], ["b.png", "〃", "〃"], ["", "", ""],
             ["c.png", "同上", "jar"]]  # fmt: skip
    path = tmp_path / f"t.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)
        book.save(path)
    else:
        path.write_text("\n".join(map(",".join, lines)), "utf-8")
    table = reader.read(path)
    assert table.rows == (("a.png", "K1", "bowl"), ("b.png", "K1", "bowl"), ("c.png", "K1", "jar"))
    assert table.notes == ("3 cells mean that they are as the one above and are read so: 'object' 2, 'type' 1",)
