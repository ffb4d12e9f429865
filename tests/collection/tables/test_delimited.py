"""Text with delimiters -> cells, against the csv module."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.collection.tables import reader
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
