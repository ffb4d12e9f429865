"""Requests: pauses, redirects, answers that do not come."""

from __future__ import annotations

import threading

import pytest

from kilnmix.collection.museums.client import Client, FailedError, GoneError
from kilnmix.collection.museums.outside import trusted
from tests.collection.museums.conftest import Handler, Museum, code


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
