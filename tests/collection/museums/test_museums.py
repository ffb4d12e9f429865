"""The collectors against a server on this machine that answers in the museums' form, and sometimes badly."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kilnmix.collection.museums import SOURCES
from kilnmix.collection.museums import collect as gather
from kilnmix.collection.museums.client import AGENT, Client, FailedError, GoneError
from kilnmix.collection.museums.outside import RefusedError, check_address, is_id, trusted
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings
from tests.collection.conftest import picture

OBJECTS = 12


def photograph(number: int) -> bytes:
    buffer = io.BytesIO()
    picture(number).save(buffer, "JPEG")
    return buffer.getvalue()


def met(number: int, host: str) -> dict[str, Any]:
    return {
        "objectID": number,
        "isPublicDomain": number != 3,
        "primaryImage": f"{host}/images/{number}-large.jpg",
        "primaryImageSmall": "" if number == 4 else f"{host}/images/{number}.jpg",
        "additionalImages": [f"{host}/images/{number}00.jpg"],
        "objectName": "Dish" if number % 2 else "Vase",
        "title": "Dish with dragon" if number % 2 else "Meiping with phoenix",
        "culture": "Japan" if number == 5 else "China",
        "period": "Ming dynasty (1368–1644)" if number % 2 else "Jin dynasty (1115–1234)",
        "dynasty": "",
        "reign": "Xuande" if number % 2 else "",
        "objectDate": "",
        "medium": "Porcelain painted in underglaze cobalt blue (Jingdezhen ware)"
        if number % 2
        else "Stoneware with light blue glaze (Jun ware)",
        "accessionNumber": f"{number}.1",
        "creditLine": "Gift of nobody",
        "objectURL": f"{host}/page/{number}",
    }


def cleveland(number: int, host: str) -> dict[str, Any]:
    return {
        "id": number,
        "accession_number": f"19{number}.1",
        "share_license_status": "Copyrighted" if number == 3 else "CC0",
        "title": "Bowl with Lotus",
        "creation_date": "1100s",
        "culture": ["China, Hebei province, Northern Song dynasty (960-1127)"],
        "technique": "porcelain with ivory glaze and incised decoration (Ding ware)",
        "department": "Chinese Art",
        "images": {"web": {"url": f"{host}/images/{number}.jpg", "width": "64"}} if number != 4 else None,
        "alternate_images": [],
        "creditline": "Gift of nobody",
        "url": f"{host}/page/{number}",
    }


class Museum(ThreadingHTTPServer):
    """Both museums; `faults` maps a path to answers that come before the right one."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = f"http://127.0.0.1:{self.server_port}"
        self.faults: dict[str, list[Callable[[Handler], None]]] = {}
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()


class Handler(BaseHTTPRequestHandler):
    server: Museum

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked[parts.path] += 1
        self.server.agents.add(self.headers["User-Agent"])
        waiting = self.server.faults.get(parts.path, [])
        if waiting:
            waiting.pop(0)(self)
            return
        query = parse_qs(parts.query)
        kind, _, last = parts.path.strip("/").rpartition("/")
        if parts.path == "/met/search":
            assert query["departmentId"] == ["6"]
            self.answer({"total": OBJECTS, "objectIDs": list(range(1, OBJECTS + 1))})
        elif kind == "met/objects":
            self.answer(met(int(last), self.server.host))
        elif parts.path == "/cleveland/artworks/":
            start = int(query["skip"][0])
            page = [cleveland(number, self.server.host) for number in range(1, OBJECTS + 1)][start : start + 5]
            self.answer({"info": {"total": OBJECTS}, "data": page})
        elif kind == "images":
            self.answer(photograph(int(last.split("-")[0].removesuffix(".jpg"))), "image/jpeg")
        else:
            self.fail(404)

    def answer(self, content: Any, kind: str = "application/json") -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, code: int, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def cut(handler: Handler) -> None:
    """Half of a photograph under the length of a whole one."""
    body = photograph(1)
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def code(number: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.fail(number, **headers)


def page(handler: Handler) -> None:
    handler.answer(b"<html>We will be back soon</html>", "text/html")


@pytest.fixture
def museum() -> Iterator[Museum]:
    server = Museum()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(museum: Museum, waits: list[float]) -> Client:
    return Client(pause=0.0, tries=4, patience=1.0, sleep=waits.append, trusted=trusted(museum.host))


@pytest.fixture
def four(settings: CollectionSettings) -> CollectionSettings:
    return settings.model_copy(update={"tasks": ("dynasty", "glaze", "kiln", "type")})


def run(name: str, museum: Museum, client: Client, settings: CollectionSettings, **options: Any) -> gather.Collected:
    folder = settings.folder.parent / name
    return gather.collect(SOURCES[name](f"{museum.host}/{name}"), folder, settings, client=client, **options)


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_met(museum: Museum, client: Client, four: CollectionSettings) -> None:
    collected = run("met", museum, client, four)
    assert collected.works == OBJECTS - 2
    assert collected.passed == {"not in the public domain": 1, "culture": 1}
    rows = table(collected.folder)
    first = rows[0]
    assert [first[task] for task in four.tasks] == ["ming", "blue-and-white", "jingdezhen", "dish"]
    assert [rows[1][task] for task in four.tasks] == ["jurchen-jin", "jun", "jun", "meiping"]
    assert (first["object_id"], first["source"], first["rights"]) == ("met-1", "met", "CC0")
    assert (collected.folder / first["image"]).read_bytes() == photograph(1)
    assert first["sha256"] == hashlib.sha256(photograph(1)).hexdigest()
    assert f"{first['sha256']}  {first['image']}\n" in (collected.folder / "checksums.sha256").read_text()
    assert "Gift of nobody. CC0" in (collected.folder / "CREDITS.txt").read_text(encoding="utf-8")
    assert museum.asked["/images/4-large.jpg"] == 1  # no small one
    assert museum.agents == {AGENT}


def test_cleveland_page_by_page(museum: Museum, client: Client, four: CollectionSettings) -> None:
    collected = run("cleveland", museum, client, four)
    assert museum.asked["/cleveland/artworks/"] == 3
    assert collected.works == OBJECTS - 2
    assert collected.passed == {"licence": 1, "no picture": 1}
    assert [table(collected.folder)[0][task] for task in four.tasks] == ["song", "white", "ding", "bowl"]


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
    gather_limit = gather.MOST_IN_A_ROW
    try:
        gather.MOST_IN_A_ROW = 5
        with pytest.raises(UserError, match="5 requests in a row failed"):
            run("met", museum, client, four)
    finally:
        gather.MOST_IN_A_ROW = gather_limit


def test_a_folder_holds_one_search(museum: Museum, client: Client, four: CollectionSettings) -> None:
    run("met", museum, client, four, limit=1)
    with pytest.raises(UserError, match="another search"):
        run("met", museum, client, four, query="celadon")


def test_the_pause_between_requests(museum: Museum) -> None:
    waits: list[float] = []
    client = Client(pause=30.0, sleep=waits.append, trusted=trusted(museum.host))
    client.json(f"{museum.host}/met/objects/1")
    client.json(f"{museum.host}/met/objects/2")
    assert len(waits) == 1
    assert 29.0 < waits[0] <= 30.0


def test_what_is_asked_once_only(museum: Museum, client: Client, waits: list[float]) -> None:
    with pytest.raises(GoneError):
        client.json(f"{museum.host}/nothing")
    with pytest.raises(FailedError, match="no web address"):
        client.json("file:///etc/passwd")
    assert waits == []


@pytest.mark.parametrize(
    "id_", ["../../../X", "..", ".hidden", "a/b", "a\\b", "", "a b", "con", "NUL.1", "x.", "1" * 101, "a..b"]
)
def test_ids_that_are_no_file_names(id_: str) -> None:
    assert not is_id(id_)


@pytest.mark.parametrize("id_", ["1", "1921.635", "O123-4", "a_b"])
def test_ids_that_are(id_: str) -> None:
    assert is_id(id_)


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
    "url",
    [
        "http://127.0.0.1/a", "http://127.0.0.1:1/a", "http://localhost/a", "http://[::1]/a", "http://0.0.0.0/a",
        "http://10.1.2.3/a", "http://192.168.1.1/a", "http://172.16.0.1/a", "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/a", "http://[fc00::1]/a", "http://2130706433/a", "http://0x7f000001/a", "http://127.1/a",
        "http://[::ffff:127.0.0.1]/a", "http://user@127.0.0.1/a", "ftp://example.org/a", "file:///etc/passwd",
        "data:text/plain,a", "http:///a", "http://100.64.0.1/a", "http://224.0.0.1/a", "http://[::1", "gopher://a/",
    ],
)  # fmt: skip
def test_addresses_that_are_not_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RefusedError):
        check_address(url)


def test_a_public_address_and_a_server_that_the_person_named() -> None:
    check_address("https://93.184.216.34/a")
    check_address("http://127.0.0.1:8000/a", trusted("http://127.0.0.1:8000/api"))
    with pytest.raises(RefusedError):
        check_address("http://127.0.0.1:8001/a", trusted("http://127.0.0.1:8000/api"))


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/secret", "file:///etc/passwd", "ftp://127.0.0.1/a"])
def test_redirects_are_checked_too(museum: Museum, client: Client, waits: list[float], target: str) -> None:
    museum.faults = {"/met/objects/1": [code(302, Location=target)] * 4}
    with pytest.raises(FailedError):
        client.json(f"{museum.host}/met/objects/1")
    assert museum.asked["/met/objects/1"] == 1
    assert waits == []


@pytest.mark.parametrize("head_too", [False, True])
def test_an_answer_that_drips_is_broken_off(museum: Museum, waits: list[float], head_too: bool) -> None:
    over = threading.Event()

    def drip(handler: Handler) -> None:
        if not head_too:
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
        try:
            while not over.wait(0.02):
                handler.wfile.write(b"H")
        except OSError:
            pass

    museum.faults = {"/met/objects/1": [drip]}
    client = Client(pause=0.0, tries=1, deadline=0.3, timeout=5.0, sleep=waits.append, trusted=trusted(museum.host))
    with pytest.raises(FailedError, match="did not come within"):
        client.json(f"{museum.host}/met/objects/1")
    over.set()
