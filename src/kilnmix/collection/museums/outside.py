"""What comes from outside, checked in one place: ids that become file names, and addresses that are asked."""

from __future__ import annotations

import ipaddress
import re
import socket
import urllib.request
from collections.abc import Container
from urllib.parse import urlsplit

_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,99}")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""


class RefusedError(Exception):
    """An address that is not asked."""


def is_id(text: str) -> bool:
    """Whether a museum's id can be part of a file name and of an address as it stands."""
    return bool(_ID.fullmatch(text)) and not text.endswith(".") and not _DEVICES.fullmatch(text)


def check_address(url: str, trusted: Container[str] = ()) -> None:
    """Only http and https, and only hosts of the public internet.

    Args:
        trusted: `host:port` of servers that the person named.

    Raises:
        RefusedError: another scheme (file, ftp, data), or a host on this machine or in a private network.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise RefusedError(f"{url} is no web address: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise RefusedError(f"{url} is no web address")
    port = port or (443 if parts.scheme == "https" else 80)
    if f"{host}:{port}" in trusted:
        return
    for address in _addresses(host, port, parts.scheme):
        if not _is_public(address):
            raise RefusedError(f"{url} leads to {address}, which is on this machine or in a private network")


def trusted(url: str) -> frozenset[str]:
    """The server of an address, as `check_address` takes it."""
    parts = urlsplit(url)
    return frozenset([f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"])


def _addresses(host: str, port: int, scheme: str) -> list[str]:
    """Where a host leads; nothing where a proxy looks it up."""
    proxied = scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host)
    if proxied and not _is_literal(host):
        return []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OSError(f"{host} is not found: {error}") from None
    return [str(entry[4][0]) for entry in found]


def _is_literal(host: str) -> bool:
    """Whether a host is an address, in any way of writing it, or a name of this machine."""
    local = host.rstrip(".").endswith(("localhost", ".local", ".internal"))
    return local or bool(re.fullmatch(r"[0-9a-fxA-FX.:]+", host))


def _is_public(address: str) -> bool:
    place = ipaddress.ip_address(address.split("%")[0])
    inner = getattr(place, "ipv4_mapped", None) or getattr(place, "sixtofour", None)
    return all(one.is_global and not one.is_multicast for one in (place, inner) if one is not None)
