"""A museum's works -> a folder with a table, through faults."""

from __future__ import annotations

import csv
import io
import re
import shlex
import shutil
import subprocess

import pytest

from kilnmix.collection.museums import collect
from kilnmix.collection.museums.client import Client
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings
from tests.collection.conftest import picture
from tests.collection.museums.conftest import OBJECTS, Museum, code, cut, met, page, photograph, run, table


def test_faults_that_pass(museum: Museum, client: Client, four: CollectionSettings, waits: list[float]) -> None:
    museum.faults = {
        "/met/search": [code(503), page],
        "/met/objects/1": [code(429, Retry_After="7"), code(500)],
        "/images/1.jpg": [cut, page],
        "/images/2.jpg": [lambda handler: handler.answer(b"", "image/jpeg")],
        "/met/objects/6": [lambda handler: handler.connection.close()],
    }
    collected = run("met", museum, client, four)
    assert collected.works == OBJECTS - 2
    assert collected.failed == 0
    assert (collected.folder / "images/met/1-0.jpg").read_bytes() == photograph(1)
    assert 7.0 in waits
    assert waits[:2] == [1.0, 2.0]


def test_faults_that_stay_are_named_and_asked_for_again(
    museum: Museum, client: Client, four: CollectionSettings
) -> None:
    museum.faults = {"/met/objects/1": [code(404)], "/images/2.jpg": [page] * 4, "/met/objects/6": [code(500)] * 4}
    collected = run("met", museum, client, four)
    assert (collected.works, collected.failed) == (OBJECTS - 5, 3)
    with (collected.folder / "failed.csv").open(encoding="utf-8") as file:
        failed = {row["object"]: row["why"] for row in csv.DictReader(file)}
    assert set(failed) == {"1", "2", "6"}
    assert "404" in failed["1"]
    assert "web page" in failed["2"]
    again = run("met", museum, client, four)
    assert (again.works, again.failed) == (OBJECTS - 2, 0)


def test_going_on_asks_for_nothing_twice(museum: Museum, client: Client, four: CollectionSettings) -> None:
    folder = run("met", museum, client, four, limit=3).folder
    before = museum.asked.copy()
    with (folder / "works.jsonl").open("a") as file:
        file.write('{"work": {"id": "99", "ti')  # killed while writing
    (folder / "images/met/2-0.jpg").write_bytes(b"damaged later")
    run("met", museum, client, four)
    assert museum.asked["/met/search"] == before["/met/search"] == 1
    assert museum.asked["/images/1.jpg"] == 1
    assert museum.asked["/images/2.jpg"] == 2
    assert len(table(folder)) == OBJECTS - 2
    whole = settings_copy(four, "other")
    one_go = run("met", museum, client, whole)
    assert sorted(map(str, table(one_go.folder))) == sorted(map(str, table(folder)))


def settings_copy(settings: CollectionSettings, name: str) -> CollectionSettings:
    folder = settings.folder.parent / name / "data"
    folder.parent.mkdir()
    return settings.model_copy(update={"folder": folder})


def test_further_views(museum: Museum, client: Client, four: CollectionSettings) -> None:
    collected = run("met", museum, client, four, limit=2, views=2)
    assert collected.photographs == 4
    assert {row["object_id"] for row in table(collected.folder)} == {"met-1", "met-2"}


def test_a_museum_that_is_down(museum: Museum, client: Client, four: CollectionSettings) -> None:
    museum.faults = {"/met/search": [code(500)] * 4}
    with pytest.raises(UserError, match="does not answer"):
        run("met", museum, client, four)
    museum.faults = {f"/met/objects/{number}": [code(500)] * 4 for number in range(1, OBJECTS + 1)}
    limit = collect.MOST_IN_A_ROW
    try:
        collect.MOST_IN_A_ROW = 5
        with pytest.raises(UserError, match="5 requests in a row failed"):
            run("met", museum, client, four)
    finally:
        collect.MOST_IN_A_ROW = limit


def test_a_folder_holds_one_search(museum: Museum, client: Client, four: CollectionSettings) -> None:
    run("met", museum, client, four, limit=1)
    with pytest.raises(UserError, match="another search"):
        run("met", museum, client, four, query="celadon")


def test_a_record_cannot_choose_where_its_picture_goes(
    museum: Museum, client: Client, four: CollectionSettings
) -> None:
    evil = met(1, museum.host) | {"objectID": "../../../X"}
    other = met(2, museum.host) | {"objectID": 7}
    museum.faults = {
        "/met/objects/1": [lambda handler: handler.answer(evil)],
        "/met/objects/2": [lambda handler: handler.answer(other)],
    }
    collected = run("met", museum, client, four)
    assert (collected.works, collected.failed) == (OBJECTS - 4, 2)
    assert not list(four.folder.parent.rglob("X*"))
    again = run("met", museum, client, four)
    assert (again.works, again.failed) == (OBJECTS - 2, 0)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe\x00", b'{"museum": "met"}', b'{"museum": "met", "query": null, "found": [1, 2]}',
     b'{"museum": "met", "query": null, "found": {"1": 7}}', b"null", b"[" * 100_000],
)  # fmt: skip
def test_a_damaged_search_is_a_sentence_with_a_command(
    museum: Museum, client: Client, four: CollectionSettings, content: bytes
) -> None:
    folder = run("met", museum, client, four, limit=1).folder
    kept = folder / "search.json"
    kept.write_bytes(content)
    with pytest.raises(UserError, match=r"search\.json") as caught:
        run("met", museum, client, four)
    command = re.findall("`(rm [^`]+)`", str(caught.value))
    assert kept.read_bytes() == content
    assert len(command) == 1
    subprocess.run(shlex.split(command[0]), check=True)
    assert run("met", museum, client, four).works == OBJECTS - 2


def test_what_is_no_file_and_no_folder_is_a_sentence(museum: Museum, client: Client, four: CollectionSettings) -> None:
    folder = run("met", museum, client, four, limit=1).folder
    (folder / "works.jsonl").unlink()
    (folder / "works.jsonl").mkdir()
    with pytest.raises(UserError, match=r"works\.jsonl cannot be read"):
        run("met", museum, client, four)
    shutil.rmtree(folder)
    folder.write_text("a file")
    with pytest.raises(UserError, match="cannot be collected into"):
        run("met", museum, client, four)


@pytest.mark.parametrize(("form", "suffix"), [("AVIF", ".avif"), ("JPEG2000", ".jp2"), ("GIF", ".gif")])
def test_files_are_named_by_what_they_are(
    museum: Museum, client: Client, four: CollectionSettings, form: str, suffix: str
) -> None:
    buffer = io.BytesIO()
    image = picture(1)
    (image.quantize(16) if form == "GIF" else image).save(buffer, form)
    museum.faults = {"/images/1.jpg": [lambda handler: handler.answer(buffer.getvalue(), "image/jpeg")]}
    folder = run("met", museum, client, four, limit=1).folder
    assert [path.name for path in (folder / "images/met").iterdir()] == [f"1-0{suffix}"]
