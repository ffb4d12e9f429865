"""The page's requests over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from kilnmix.collection.prepared import Prepared
from tests.classifier.app.conftest import png


def ask(address: str, body: bytes, **headers: str) -> tuple[int, Any]:
    sent = {"X-Kilnmix": "1", **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(address, body, {name: value for name, value in sent.items() if value})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        content = error.read()
        return error.code, json.loads(content) if content.startswith(b"{") else content.decode()


def test_a_photograph_is_answered_explained_and_corrected(address: str, shapes: Prepared) -> None:
    status, found = ask(f"{address}/pictures", png(shapes.pixels[0]), X_Name="red%20disc.png")
    assert status == 200
    assert (found["name"], found["remarks"]) == ("red disc.png", [])
    assert found["tasks"]["colour"]["said"].startswith("red 0.")
    assert found["tasks"]["colour"]["classes"][0][0] == "red"
    assert found["neighbours"][0]["labels"]["colour"] == "red"
    status, heat = ask(f"{address}/explanations", json.dumps({"key": found["key"]}).encode())
    assert (status, list(heat)) == (200, ["colour"])
    assert heat["colour"].startswith("data:image/webp;base64,")
    correction = {"key": found["key"], "labels": {"colour": "green"}}
    status, noted = ask(f"{address}/corrections", json.dumps(correction).encode())
    assert status == 200
    assert Path(noted["place"]).read_bytes() == png(shapes.pixels[0])
    assert Path("corrections/labels.csv").read_text().splitlines()[1].endswith(",green")


def test_a_bad_request_is_a_sentence(address: str) -> None:
    for path, body, said in (
        ("/pictures", b"no picture", "notes.txt: the file is no picture"),
        ("/pictures", b"", "notes.txt: the file is empty"),
        ("/explanations", b"{", "no JSON object"),
        ("/explanations", b'{"key": "77"}', "not kept any more"),
        ("/corrections", b'{"key": "1"}', "holds no labels"),
    ):
        status, answer = ask(f"{address}{path}", body, X_Name="notes.txt")
        assert status == 400
        assert said in answer["error"]


def test_other_pages_cannot_use_it(address: str, shapes: Prepared) -> None:
    status, answer = ask(f"{address}/pictures", png(shapes.pixels[0]), X_Kilnmix="")
    assert (status, answer) == (400, {"error": "This request does not come from the page."})
    status, _ = ask(f"{address}/pictures", png(shapes.pixels[0]), Host="evil.example")
    assert status == 400
    with urllib.request.urlopen(address) as page:
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
