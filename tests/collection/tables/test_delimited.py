"""Text with delimiters -> cells, against the csv module."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from kilnmix.collection.tables import delimited, reader
from kilnmix.common.errors import UserError
from tests.collection.tables.conftest import LINES, cells


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", ",", "；", "，"])
def test_delimiters_whatever_the_suffix(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "t.csv").write_text("\n".join(delimiter.join(line) for line in LINES), encoding="utf-8")
    assert cells(reader.read(tmp_path / "t.csv")) == LINES


def test_quotes_in_tabbed_text(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text(
        'image\ttitle\ttype\na.jpg\t"12 inch bowl\tbowl\nb.jpg\t"a ""b"" c"\tjar\nc.jpg\t5"\tcup\n'
    )
    assert [row[1] for row in reader.read(tmp_path / "t.tsv").rows] == ['"12 inch bowl', 'a "b" c', '5"']


def test_the_delimiter_that_a_table_names_is_taken() -> None:
    # Commas stand in each line as often as semicolons do.
    lines = ["Bild;Masse, cm;Hoehe, cm", "a.jpg;1,5;2,5", "b.jpg;3,0;4,0"]
    for ending in ("\n", "\r\n"):
        found = rows(ending.join(["sep=;", *lines]) + ending)
        assert found == [(2, lines[0].split(";")), (3, lines[1].split(";")), (4, lines[2].split(";"))]
    assert rows("SEP=,\na;b,c;d\n") == [(2, ["a;b", "c;d"])]
    assert rows('"sep=\t"\na\tb,c\n1\t2,3\n') == [(2, ["a", "b,c"]), (3, ["1", "2,3"])]
    assert rows("sep=\na;b\n1;2\n") == [(2, ["a", "b"]), (3, ["1", "2"])]  # says nothing


@pytest.mark.parametrize("first", ["sep=; ", '"sep=;"', "sep=;;;", '"sep=;";;', "sep=,;;", "SEP=;"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_named_delimiter_is_taken_however_its_line_was_saved(first: str, ending: str) -> None:
    # Guessed, it would be the comma: it stands in each line as often as the semicolon.
    lines = [first, "Bild;Masse, cm;Hoehe, cm", "a.jpg;1,5;2,5", ""]
    found = rows(ending.join(lines))
    assert found == [(2, ["Bild", "Masse, cm", "Hoehe, cm"]), (3, ["a.jpg", "1,5", "2,5"])]


def test_delimiters_that_are_never_guessed_may_be_named() -> None:
    assert rows("sep=:\na:b,c\n1:2,3\n") == [(2, ["a", "b,c"]), (3, ["1", "2,3"])]
    assert rows("sep=\\t\na\tb,c\n") == [(2, ["a", "b,c"])]
    assert rows("sepia,b\n1,2\n") == [(1, ["sepia", "b"]), (2, ["1", "2"])]


def rows(text: str) -> list[tuple[int, list[str]]]:
    return delimited.read(text, Path("t.csv"), "utf-8").rows


@pytest.mark.parametrize(
    "table",
    [
        [["a", "b"], ['say "hi"', "x,y"], ["two\nlines", ""]],
        [["image", "note"], ["a.jpg", "a; b | c"], ["b.jpg", "'"]],
    ],
)
def test_what_the_csv_module_writes_is_read_back(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    assert [cells for _, cells in rows(text.getvalue())] == table


def test_a_rows_number_is_its_first_line() -> None:
    assert rows('a,b\n"x\ny",1\nz,2\n') == [(1, ["a", "b"]), (2, ["x\ny", "1"]), (4, ["z", "2"])]
    # Excel's own first line, which names the delimiter, is counted and not read.
    assert rows("sep=;\na;b\n1;2\n") == [(2, ["a", "b"]), (3, ["1", "2"])]


def test_the_delimiter_is_the_one_that_stands_equally_often() -> None:
    # Commas stand in three lines, but in different numbers; one semicolon stands in each of the four.
    text = "image;note\na.jpg;one, two\nb.jpg;one, two, three\nc.jpg;a, b, c, d\n"
    assert [cells for _, cells in rows(text)][1] == ["a.jpg", "one, two"]
    assert rows("image\na.jpg\n") == [(1, ["image"]), (2, ["a.jpg"])]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('image,note\na.jpg,"open\nb.jpg,x\n', "line 2: a quotation mark is opened and never closed"),
        ('image,note\na.jpg,"open\nb.jpg,x\nc.jpg,y\nd.jpg,"closed\n', "line 2: a quotation mark is opened here"),
    ],
)
def test_an_open_quotation_mark_swallows_no_rows(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        rows(text)


def test_marks_of_files_are_no_cells() -> None:
    assert rows("\ufeffa,b\n1\x00,2\n\x1a")[:2] == [(1, ["a", "b"]), (2, ["1", "2"])]
