"""Processes of several machines at one PostgreSQL, one after the other."""

from __future__ import annotations

import contextlib
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
    from sqlalchemy.exc import SQLAlchemyError

    key = {"key": int(hashlib.sha256(name.encode()).hexdigest()[:12], 16)}
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        try:
            yield
        finally:
            # The lock of a connection that was lost meanwhile has ended with it.
            with contextlib.suppress(SQLAlchemyError):
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


@contextmanager
def opening_turn(url: str, name: str) -> Iterator[None]:
    """The same for who opens a database: tables that are not there yet are made by one process alone.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database does not answer.
    """
    if not url.startswith("postgresql"):
        yield
        return
    from sqlalchemy import create_engine

    engine = create_engine(url)
    try:
        with database_turn(engine, name):
            yield
    finally:
        engine.dispose()
