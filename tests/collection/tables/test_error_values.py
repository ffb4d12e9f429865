"""Errors of spreadsheets as cells, in files of every kind."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from kilnmix.collection.tables import error_values, reader

WRONG = (
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#n/a", "#N/A N/A", "#SPILL!", "Err:502",
    "<NA>", "(blank)", "(空白)", "#NV", "#ÜBERLAUF!",
)  # fmt: skip
RIGHT = ("#12", "#A", "A!", "NA", "N/A", "(blank) glaze", "<NA>x", "#1!", "error", "#")


def test_errors_are_empty_and_counted() -> None:
    rows = [[cell, "x"] for cell in (*WRONG, *RIGHT)]
    found, notes = error_values.emptied(rows, range(2, 2 + len(rows)), ("motif", "b"))
    assert [row[0] for row in found] == [*[""] * len(WRONG), *RIGHT]
    assert all(row[1] == "x" for row in found)
    assert notes == [
        "16 cells hold an error of a spreadsheet, taken as empty: line 2 'motif' #N/A, line 3 'motif' #REF!, "
        "line 4 'motif' #VALUE!, line 5 'motif' #DIV/0!, line 6 'motif' #NAME? and 11 more"
    ]
    assert error_values.emptied([["a"]], [2], ["x"]) == ([["a"]], [])


@pytest.mark.parametrize("kind", ["csv", "html", "xlsx"])
def test_one_rule_for_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    lines = [["image", "motif"], ["a.png", "#REF!"], ["b.png", "lotus"]]
    path = tmp_path / f"t.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)
        book.active["B2"].data_type = "s"  # an error that was pasted as text
        book.save(path)
    elif kind == "csv":
        path.write_text("\n".join(map(",".join, lines)))
    else:
        cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
        path.write_text(f"<table>{cells}</table>")
    table = reader.read(path)
    assert table.rows == (("a.png", ""), ("b.png", "lotus"))
    assert table.notes == ("1 cells hold an error of a spreadsheet, taken as empty: line 2 'motif' #REF!",)
