"""JSON of museums' APIs -> rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from kilnmix.collection.tables import reader, records
from kilnmix.common.errors import UserError
from tests.collection.tables.conftest import cells


@pytest.mark.parametrize(
    ("content", "header", "row"),
    [
        ([{"objectID": 1, "period": "Ming", "tags": [{"term": "a"}, {"term": "b"}]}],
         ("objectID", "period", "tags"), ("1", "Ming", "a; b")),
        ({"data": [{"id": 2, "culture": ["China, Tang"], "images": {"web": {"filename": "x.jpg"}}}]},
         ("id", "culture", "images.web.filename"), ("2", "China, Tang", "x.jpg")),
        ({"info": 1, "records": [{"objectnumber": "1.2", "dated": None, "worktypes": [{"worktype": "bowl"}]}]},
         ("objectnumber", "dated", "worktypes"), ("1.2", "", "bowl")),
        ({"systemNumber": "O1", "_primaryDate": "1700s"}, ("systemNumber", "_primaryDate"), ("O1", "1700s")),
    ],
)  # fmt: skip
def test_museums_json(tmp_path: Path, content: object, header: Sequence[str], row: Sequence[str]) -> None:
    (tmp_path / "t.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    table = reader.read(tmp_path / "t.json")
    assert (table.columns, table.rows) == (header, (row,))


def test_json_lines(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"image": "a.jpg", "type": "bowl"}\n\n{"image": "b.jpg", "date": 1700}\n')
    assert cells(reader.read(tmp_path / "t.jsonl"))[1:] == [["a.jpg", "bowl", ""], ["b.jpg", "", "1700"]]
    (tmp_path / "t.jsonl").write_text('{"image": "a.jpg"}\n{"image": \n')
    with pytest.raises(UserError, match="line 2"):
        reader.read(tmp_path / "t.jsonl")


def test_values_as_text() -> None:
    text = '[{"a": true, "b": 2.0, "c": 2.5, "d": [1, null, "x", {"name": "n"}, ["deep"]], "e": {"f": {"g": 1}}}]'
    assert records.read(text, Path("t.json")).rows == [
        (0, ["a", "b", "c", "d", "e.f.g"]),
        (1, ["true", "2", "2.5", "1; x; n", "1"]),
    ]


def test_records_under_names_of_their_own() -> None:
    grid = records.read('{"k1": {"type": "bowl"}, "k2": {"date": 1700}}', Path("t.json"))
    assert grid.rows == [(0, ["type", "date"]), (1, ["bowl", ""]), (2, ["", "1700"])]


@pytest.mark.parametrize(("text", "said"), [("[1, 2]", "no list of records"), ('{"a": ', "not valid JSON")])
def test_json_that_is_no_table(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        records.read(text, Path("t.json"))
