"""JSON of museums' APIs -> rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from kilnmix.collection.tables import reader
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
