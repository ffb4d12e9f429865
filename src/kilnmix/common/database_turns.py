"""Processes of several machines at one PostgreSQL, one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine


@contextmanager
def database_turn(engine: Engine, name: str) -> Iterator[None]:
    """Waits until no other process is within a block of this name; with another database nobody waits.

    A process that is killed within gives the turn back: the lock ends with its connection.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    from sqlalchemy import text

    key = {"key": int(hashlib.sha256(name.encode()).hexdigest()[:12], 16)}
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
