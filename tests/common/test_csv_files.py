from pathlib import Path

import pytest

from kilnmix.common import csv_files


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-a", "'-a"),
        ("@sum", "'@sum"),
        ("\t=x", "'\t=x"),
        ("'=x", "''=x"),
        ("-5", "-5"),
        ("+3.2e4", "+3.2e4"),
        ("-12%", "-12%"),
        ("it's", "it's"),
        ("'quoted'", "'quoted'"),
        ("宋", "宋"),
        (-5, -5),
        ("", ""),
    ],
)
def test_guard_and_back(cell: object, written: object) -> None:
    assert csv_files.guarded(cell) == written
    assert csv_files.unguarded(str(written)) == str(cell)


def test_a_file_comes_back(tmp_path: Path) -> None:
    rows = [["-x, y", "-1"], ["line\nbreak", "0.5"], ["a\rb", ""], ["\r", "c\r\n"], ["end\r", "\n"]]
    csv_files.write(tmp_path / "a.csv", ["=id", "n"], rows)
    assert csv_files.read(tmp_path / "a.csv") == [dict(zip(["=id", "n"], row, strict=True)) for row in rows]
    assert (tmp_path / "a.csv").read_bytes().startswith(b"'=id,n\n\"'-x, y\",-1\n")


def test_what_a_spreadsheet_saved_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfimage,glaze\r\na.png,qingbai\r\n\r\n")
    assert csv_files.read(tmp_path / "a.csv") == [{"image": "a.png", "glaze": "qingbai"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,glaze\na.png,x\nb.png\n", "line 3 has 1 cells instead of 2"),
        ('image,glaze\n"a\nb",x\nb.png,y,z\n', "line 4 has 3 cells instead of 2"),
        ("image,image\na,b\n", "the column 'image' stands twice"),
    ],
)
def test_a_row_of_another_length_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ValueError, match=rf"a\.csv: {said}"):
        csv_files.read(tmp_path / "a.csv")


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    assert csv_files.read(tmp_path / "a.csv") == []
