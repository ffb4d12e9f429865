"""What a museum says of a work, and what a museum's API has to offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from kilnmix.collection.museums.client import Client


@dataclass(frozen=True)
class Work:
    """An object of a museum, in the museum's words.

    Attributes:
        id: the museum's number of the object.
        images: addresses of its photographs, the principal one first.
        rights: the licence of those photographs, as the museum states it.
        dates: texts that may name the period, the most exact first.
        form: what kind of thing it is called.
        surface: material and technique.
        made: texts that may name the kiln.
    """

    id: str
    title: str
    images: tuple[str, ...]
    rights: str
    dates: tuple[str, ...] = ()
    form: str = ""
    surface: str = ""
    made: tuple[str, ...] = ()
    accession: str = ""
    credit: str = ""
    page: str = ""


@dataclass(frozen=True)
class Passed:
    """An object that is not taken, and why."""

    id: str
    why: str


class Source(Protocol):
    """A museum's API."""

    name: str
    museum: str
    url: str

    def __init__(self, url: str = ...) -> None: ...

    def search(self, client: Client, query: str | None) -> Iterator[tuple[str, dict | None]]:
        """Ids of objects that may be Chinese ceramics, with their records where the search delivers them."""
        ...

    def record(self, client: Client, id_: str) -> dict:
        """The museum's record of an object."""
        ...

    def work(self, record: dict) -> Work | Passed:
        """What a record says; passed over if it is not free, has no picture or is not Chinese ceramics."""
        ...
