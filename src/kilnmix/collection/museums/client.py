"""Polite requests: one at a time, a pause between them, a name, and patience with servers that fail.

Addresses are checked before they are asked, those that a server redirects to as well (`outside`); and an answer that
drips is broken off.
"""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any

from kilnmix.collection.museums.outside import RefusedError, check_address

AGENT = "kilnmix/0.1 (collects open-access images of ceramics for research; one request at a time)"
LARGEST = 256 * 2**20
"""Bytes of an answer; a longer one is cut off and refused."""
LONGEST_WAIT = 120.0


class GoneError(Exception):
    """The server says that there is no such thing (404, 410), or that it is not for us (401, 403)."""


class FailedError(Exception):
    """The server did not give a usable answer, however often it was asked."""


@dataclass
class Client:
    """Asks for JSON and for files.

    Attributes:
        pause: seconds from one request to the next.
        tries: how often one request is made before it counts as failed.
        deadline: seconds in which an answer must have come as a whole.
        trusted: `host:port` of servers that the person named, which may be on this machine.
        patience: seconds before the second try; it doubles with each further one, or is what the server asks for.
    """

    pause: float = 0.25
    tries: int = 5
    patience: float = 1.0
    timeout: float = 60.0
    deadline: float = 300.0
    trusted: frozenset[str] = frozenset()
    sleep: Callable[[float], None] = time.sleep
    requests: int = 0
    _next: float = field(default=0.0, repr=False)
    _asked: float = field(default=0.0, repr=False)

    def json(self, url: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """The JSON at an address.

        Raises:
            GoneError, FailedError
        """
        if parameters:
            url += "?" + urllib.parse.urlencode(parameters)
        return self._persist(url, json.loads)

    def file(self, url: str, check: Callable[[bytes], None]) -> bytes:
        """The bytes at an address; `check` raises ValueError for an answer that is worth asking for again.

        Raises:
            GoneError, FailedError
        """

        def checked(content: bytes) -> bytes:
            check(content)
            return content

        return self._persist(url, checked)

    def _persist(self, url: str, understand: Callable[[bytes], Any]) -> Any:
        reason = ""
        for attempt in range(self.tries):
            if attempt:
                self.sleep(min(LONGEST_WAIT, self._asked or self.patience * 2 ** (attempt - 1)))
            self._asked = 0.0
            try:
                return understand(self._once(url))
            except RefusedError as error:
                raise FailedError(str(error)) from None
            except urllib.error.HTTPError as error:
                if error.code in (401, 403, 404, 410):
                    raise GoneError(f"{url}: {error.code} {error.reason}") from None
                if error.code not in (408, 425, 429) and error.code < 500:
                    raise FailedError(f"{url}: {error.code} {error.reason}") from None
                reason = f"{error.code} {error.reason}"
                self._asked = _seconds(error.headers.get("Retry-After"))
            except (urllib.error.URLError, HTTPException, TimeoutError, OSError) as error:
                reason = str(getattr(error, "reason", "") or error) or type(error).__name__
            except ValueError as error:  # JSON that is none, or what `check` refuses
                reason = str(error)
        raise FailedError(f"{url}: {reason} ({self.tries} tries)")

    def _once(self, url: str) -> bytes:
        check_address(url, self.trusted)
        wait = self._next - time.monotonic()
        if wait > 0:
            self.sleep(wait)
        address = urllib.parse.quote(url, safe=":/?&=%#+,;@~!$'()*[]")
        request = urllib.request.Request(address, headers={"User-Agent": AGENT})
        self.requests += 1
        try:
            with _deadline(self.deadline) as sockets:
                opener = urllib.request.build_opener(_Http(sockets), _Https(sockets), _Redirects(self.trusted))
                with opener.open(request, timeout=self.timeout) as answer:
                    content = answer.read(LARGEST + 1)
                    length = answer.headers.get("Content-Length")
        finally:
            self._next = time.monotonic() + self.pause
        if len(content) > LARGEST:
            raise FailedError(f"{url}: more than {LARGEST // 2**20} MB")
        if length is not None and length.isdecimal() and len(length) < 19 and int(length) != len(content):
            raise ValueError(f"{len(content)} of {length} bytes came")
        return content


Sockets = list[socket.socket]


@contextmanager
def _deadline(seconds: float) -> Iterator[Sockets]:
    """Shuts the sockets that are put into the list when the time is up.

    Raises:
        TimeoutError: it was.
    """
    sockets: Sockets = []
    late = threading.Event()

    def end() -> None:
        late.set()
        for connection in sockets:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is closed already
                continue

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield sockets
    finally:
        timer.cancel()
        if late.is_set():
            raise TimeoutError(f"the answer did not come within {seconds:.0f} s")


def _noted(sockets: Sockets, kind: type[HTTPConnection]) -> Callable[..., HTTPConnection]:
    """Makes connections whose sockets are put into a list as soon as they are open."""

    def connection(host: str, **options: Any) -> HTTPConnection:
        made = kind(host, **options)

        def opened(*arguments: Any, **named: Any) -> socket.socket:
            sockets.append(socket.create_connection(*arguments, **named))
            return sockets[-1]

        made._create_connection = opened  # type: ignore[attr-defined]  # http.client's own hook for tunnels
        return made

    return connection


class _Http(urllib.request.HTTPHandler):
    def __init__(self, sockets: Sockets) -> None:
        super().__init__()
        self._sockets = sockets

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_noted(self._sockets, HTTPConnection), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, sockets: Sockets) -> None:
        super().__init__()
        self._sockets = sockets

    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_noted(self._sockets, HTTPSConnection), req)


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, trusted: frozenset[str]) -> None:
        self._trusted = trusted

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        check_address(newurl, self._trusted)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _seconds(text: str | None) -> float:
    """What a Retry-After header asks for: seconds or a date."""
    if not text:
        return 0.0
    if text.strip().isdecimal() and len(text) < 19:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError, OSError):
        return 0.0
