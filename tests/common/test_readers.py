"""Files of stages read once more."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from kilnmix.common import csv_files, readers
from kilnmix.common.errors import UserError


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "cannot be read as JSON"),
        (b'{"a": 1', "cannot be read as JSON"),
        (b"\xff\xfe\x00", "cannot be read as a text in UTF-8"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"[1]", "holds no JSON object"),
        (None, "is missing"),
    ],
)
def test_damaged_json_is_a_sentence(tmp_path: Path, content: bytes | None, part: str) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        readers.read_mapping(path, "Run `dvc repro compare`.")
    assert str(caught.value).startswith(f"{path} ")
    assert part in str(caught.value)
    assert str(caught.value).endswith("Run `dvc repro compare`.")
    assert "\n" not in str(caught.value)


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    csv_files.write(path, ["task", "=x"], [["=1+1", "two\nlines"], ["-3", 'a "quote"']])
    assert readers.read_csv(path, ["task"]) == [
        {"task": "=1+1", "=x": "two\nlines"},
        {"task": "-3", "=x": 'a "quote"'},
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "has no column 'a'"),
        ("b,c\n1,2\n", "has no column 'a'"),
        ("a,b\n1,2\n3\n", "row 3 has 1 cells instead of 2"),
        ("a,b\n1,2,3\n", "row 2 has 3 cells instead of 2"),
        ('a,b\n1,"2\n', "cannot be read as CSV"),
    ],
)
def test_a_damaged_table_is_a_sentence(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=part):
        readers.read_csv(path, ["a", "b"])


def test_a_parquet_table_whole_cut_and_without_a_column(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), path)
    assert readers.read_parquet(path, ["a"], [("b", "=", "y")]).to_pydict() == {"a": [2]}
    with pytest.raises(UserError, match="no column 'c'"):
        readers.read_parquet(path, ["c"])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match="cannot be read as a Parquet table"):
        readers.read_parquet(path, ["a"])
    path.write_bytes(b"")
    with pytest.raises(UserError, match="cannot be read"):
        readers.read_parquet(path, ["a"])
    with pytest.raises(UserError, match="cannot be read"):
        readers.read_parquet(tmp_path, ["a"])


def test_a_number_with_a_leading_zero_is_refused_because_yaml_reads_it_by_eights(tmp_path: Path) -> None:
    assert yaml.safe_load("0550") == 360
    path = tmp_path / "years.yaml"
    path.write_text("a: 1\nfrom: 0550\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 2: 0550 would be read as an octal number"):
        readers.read_yaml(path)
    path.write_text("a: [0, -1, 550, '0550', 0.5, 0x10]\n", encoding="utf-8")
    assert readers.read_yaml(path) == {"a": [0, -1, 550, "0550", 0.5, 16]}
