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
