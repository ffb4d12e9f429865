"""Polite requests: one at a time, a pause between them, a name, and patience with servers that fail."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

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
        patience: seconds before the second try; it doubles with each further one, or is what the server asks for.
    """

    pause: float = 0.25
    tries: int = 5
    patience: float = 1.0
    timeout: float = 60.0
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
        if not url.startswith(("http://", "https://")):
            raise FailedError(f"{url} is no web address")
        wait = self._next - time.monotonic()
        if wait > 0:
            self.sleep(wait)
        address = urllib.parse.quote(url, safe=":/?&=%#+,;@~!$'()*[]")
        request = urllib.request.Request(address, headers={"User-Agent": AGENT})
        self.requests += 1
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                content = answer.read(LARGEST + 1)
                length = answer.headers.get("Content-Length")
        finally:
            self._next = time.monotonic() + self.pause
        if len(content) > LARGEST:
            raise FailedError(f"{url}: more than {LARGEST // 2**20} MB")
        if length is not None and length.isdigit() and int(length) != len(content):
            raise ValueError(f"{len(content)} of {length} bytes came")
        return content


def _seconds(text: str | None) -> float:
    """What a Retry-After header asks for: seconds or a date."""
    if not text:
        return 0.0
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0
