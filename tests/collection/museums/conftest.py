"""A server on this machine that answers in the museums' form, and sometimes badly."""

from __future__ import annotations

import csv
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

from kilnmix.collection.museums import SOURCES, collect
from kilnmix.collection.museums.client import Client
from kilnmix.collection.museums.outside import trusted
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


def run(name: str, museum: Museum, client: Client, settings: CollectionSettings, **options: Any) -> collect.Collected:
    folder = settings.folder.parent / name
    return collect.collect(SOURCES[name](f"{museum.host}/{name}"), folder, settings, client=client, **options)


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
