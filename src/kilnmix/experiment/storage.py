"""Where a search's trials are kept: a journal file that outlives killed processes, a database, or a proxy of one."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from kilnmix.common.database_turns import database_turn
from kilnmix.common.errors import UserError
from kilnmix.experiment.leases import (
    BEAT_SECONDS,
    GRACE_SECONDS,
    AttributeBeats,
    FileLeases,
    Heartbeats,
    Leases,
)

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

_JOURNAL, _PROXY = "journal:", "grpc://"
_PORT, CONNECT_SECONDS = 13000, 10.0
"""Optuna's own port of a proxy, and how long one is waited for."""


class JournalLock:
    """Optuna's interface of a lock on a journal. The system takes it back from a process that was killed.

    Who gets it finds a file of whole lines: half a line that a killed process left would be glued to the next.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, FileLock(f"{path}.flock")

    def acquire(self) -> bool:
        self._lock.acquire()
        cut_half_line(self._path)
        return True

    def release(self) -> None:
        self._lock.release()


def cut_half_line(path: Path) -> int:
    """Takes what follows the last line feed off a file; returns how many bytes that were."""
    with path.open("rb+") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            start = max(end - 65536, 0)
            file.seek(start)
            last = file.read(end - start).rfind(b"\n")
            if last >= 0:
                end = start + last + 1
                break
            end = start
        if end < size:
            file.truncate(end)
    return size - end


@contextmanager
def turn(url: str, storage: BaseStorage, study: str) -> Iterator[None]:
    """Waits until no other process adds trials to a study.

    The lock is a file beside a journal, or one of PostgreSQL's. With other databases nobody waits: two processes may
    add the same trial, and then the later one is not trained.
    """
    journal = journal_of(url)
    if journal is not None:
        name = hashlib.sha256(study.encode()).hexdigest()[:12]
        with FileLock(f"{journal}.{name}.turn"):
            yield
        return
    engine = getattr(storage, "engine", None)
    with nullcontext() if engine is None else database_turn(engine, study):
        yield


def journal_of(url: str) -> Path | None:
    """The file of a `journal:FILE`; None for a database or a proxy."""
    return Path(url.removeprefix(_JOURNAL)).absolute() if url.startswith(_JOURNAL) else None


def leases_of(url: str, storage: BaseStorage, study: str) -> Leases:
    """The leases of a study's trials."""
    journal = journal_of(url)
    if journal is not None:
        return FileLeases(journal, study)
    if url.startswith(_PROXY):
        return AttributeBeats(storage, BEAT_SECONDS, GRACE_SECONDS)
    return Heartbeats(storage, BEAT_SECONDS)


def open_storage(url: str) -> BaseStorage:
    """The storage of `search.storage`: `journal:FILE`, the URL of a database, or `grpc://HOST:PORT`.

    Raises:
        UserError: it cannot be opened, or the journal holds a line that is none.
    """
    import optuna
    from optuna.storages.journal import JournalFileBackend

    path = journal_of(url)
    if path is None:
        try:
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # heartbeats are one since 2021
            if url.startswith(_PROXY):
                return _proxy(url)
            return optuna.storages.RDBStorage(url, heartbeat_interval=BEAT_SECONDS, grace_period=GRACE_SECONDS)
        except Exception as error:
            raise UserError(
                f"search.storage = {url!r} cannot be opened: {error}. "
                "Use journal:FILE, the URL of a database that runs, or grpc://HOST:PORT of Optuna's proxy to one "
                "(it takes `pip install grpcio`)."
            ) from error
    lock = JournalLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        lock.acquire()
        try:
            _check(path)
        finally:
            lock.release()
    except OSError as error:
        raise UserError(
            f"The journal {path} of search.storage cannot be written: {error}. Mend that, or name another file."
        ) from error
    return optuna.storages.JournalStorage(JournalFileBackend(str(path), lock))  # type: ignore[arg-type]


def _proxy(url: str) -> BaseStorage:
    """Raises `ImportError` without grpcio, `ConnectionError` where no proxy answers, `ValueError` for no port."""
    import optuna

    place = urlsplit(url)
    storage = optuna.storages.GrpcStorageProxy(host=place.hostname or "localhost", port=place.port or _PORT)
    storage.wait_server_ready(timeout=CONNECT_SECONDS)
    return storage


def _check(path: Path) -> None:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                whole = isinstance(json.loads(line), dict)
            except ValueError:
                whole = False
            if not whole:
                quoted = shlex.quote(str(path))
                raise UserError(
                    f"Line {number} of the search's journal {path} is damaged. Bring a copy back, or put it aside with "
                    f"`mv {quoted} {quoted}.damaged`: the search then begins anew, and trainings that are done are "
                    "reused."
                )
