"""Lines of finished objects that something damaged."""

from __future__ import annotations

import pytest

from kilnmix.collection.museums.client import Client
from kilnmix.config import CollectionSettings
from tests.collection.museums.conftest import OBJECTS, Museum, met, run


@pytest.mark.parametrize(
    "line",
    ["{", "7", "null", "[]", '{"work": {}}', '{"work": {"id": "1"}, "photographs": []}', "\x00\x00", "[" * 100_000,
     '{"work": {"id": 1, "title": "", "images": [], "rights": ""}, "photographs": []}',
     '{"work": {"id": "1", "title": 5, "images": [], "rights": ""}, "photographs": []}',
     '{"work": {"id": "1", "title": "", "images": 3, "rights": ""}, "photographs": []}',
     '{"work": {"id": "1", "title": "", "images": [], "rights": ""}, "photographs": [{"path": "../a"}]}',
     '{"work": {"id": "1", "title": "", "images": [], "rights": ""}, "photographs": '
     '[{"path": "/etc/passwd", "url": "", "sha256": ""}]}'],
)  # fmt: skip
def test_damaged_lines_are_counted_and_their_objects_asked_for_again(
    museum: Museum, client: Client, four: CollectionSettings, line: str
) -> None:
    folder = run("met", museum, client, four, limit=3).folder
    journal = folder / "works.jsonl"
    first, *others = journal.read_text(encoding="utf-8").splitlines()
    journal.write_text("\n".join([line, *others, ""]), encoding="utf-8")
    collected = run("met", museum, client, four)
    assert (collected.works, collected.damaged) == (OBJECTS - 2, 1)
    assert "1 damaged lines of works.jsonl" in collected.sentence
    assert museum.asked["/images/1.jpg"] == 2
    assert first in journal.read_text(encoding="utf-8").splitlines()
    assert (folder / "works.damaged.jsonl").read_text(encoding="utf-8") == line + "\n"
    again = run("met", museum, client, four)
    assert (again.works, again.damaged) == (OBJECTS - 2, 0)


def test_bytes_of_another_encoding_and_line_separators_in_a_journal(
    museum: Museum, client: Client, four: CollectionSettings
) -> None:
    told = met(1, museum.host) | {"title": "Dish\u2028with a separator"}
    museum.faults = {"/met/objects/1": [lambda handler: handler.answer(told)]}
    folder = run("met", museum, client, four, limit=2).folder
    with (folder / "works.jsonl").open("ab") as file:
        file.write('{"work": "\u660e"}\n'.encode("gbk"))
    collected = run("met", museum, client, four)
    assert (collected.works, collected.damaged) == (OBJECTS - 2, 1)
    assert museum.asked["/images/1.jpg"] == 1
