"""Where a search's trials are kept: a journal file that outlives killed processes, a database, or a proxy of one."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from kilnmix.common import files
from kilnmix.common.database_turns import database_turn, opening_turn
from kilnmix.common.errors import UserError
from kilnmix.experiment.leases import (
    BEAT_SECONDS,
    GRACE_SECONDS,
    AttributeBeats,
    FileLeases,
    Heartbeats,
    Leases,
)
from kilnmix.experiment.patience import Patience
from kilnmix.tracking.location import shown

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

_JOURNAL, _PROXY = "journal:", "grpc://"
_OPERATION = b'{"op_code":'
"""How Optuna begins every line of a journal."""
_PORT, CONNECT_SECONDS = 13000, 10.0
"""Optuna's own port of a proxy, and how long one is waited for."""


class JournalLock:
    """Optuna's interface of a lock on a journal. The system takes it back from a process that was killed.

    Who gets it finds a file of whole lines: half a line that a killed process left would be glued to the next.
    """

    def __init__(self, path: Path) -> None:
        self.file = f"{path}.flock"
        self._path, self._lock = path, FileLock(self.file)

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
    with ExitStack() as stack:
        if engine is not None:
            patience = Patience(url, GRACE_SECONDS)
            patience.ask(lambda: stack.enter_context(database_turn(engine, study)))
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
        UserError: it cannot be opened, is a database in memory, or the file is no whole journal of Optuna's.
    """
    path = journal_of(url)
    if path is not None:
        return _journal(path)
    import optuna

    try:
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # heartbeats are one since 2021
        storage = _proxy(url) if url.startswith(_PROXY) else _database(url)
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"search.storage = {shown(url)!r} cannot be opened: {error}. "
            "Use journal:FILE, the URL of a database that runs, or grpc://HOST:PORT of Optuna's proxy to one "
            "(it takes `pip install grpcio`)."
        ) from error
    return Patience(url, GRACE_SECONDS).wrapped(storage)


def _proxy(url: str) -> BaseStorage:
    """Raises `ImportError` without grpcio, `ConnectionError` where no proxy answers, `ValueError` for no port."""
    import optuna

    place = urlsplit(url)
    storage = optuna.storages.GrpcStorageProxy(host=place.hostname or "localhost", port=place.port or _PORT)
    storage.wait_server_ready(timeout=CONNECT_SECONDS)
    return storage


def _database(url: str) -> BaseStorage:
    """Raises `UserError` for one in memory, which no other process sees and which ends with this one."""
    import optuna
    from sqlalchemy import make_url

    place = make_url(url)
    file = place.database or ""
    if place.get_backend_name() == "sqlite" and (not file or ":memory:" in file or "memory" in place.query.values()):
        raise UserError(
            f"search.storage = {url!r} is a database in memory, which is lost when the search ends. Use journal:FILE, "
            "such as journal:studies.journal, or sqlite:///studies.db."
        )
    # Optuna makes its tables without a lock.
    with opening_turn(url, "kilnmix studies"):
        made = optuna.storages.RDBStorage(url, heartbeat_interval=BEAT_SECONDS, grace_period=GRACE_SECONDS)
    storage = optuna.storages.get_storage(made)
    storage.engine = made.engine  # type: ignore[attr-defined]
    return storage


def _journal(path: Path) -> BaseStorage:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    lock = JournalLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        with FileLock(lock.file):
            _check(path)
            cut_half_line(path)
    except OSError as error:
        raise UserError(
            f"The journal {path} of search.storage cannot be written: {error}. Mend that, or name another file."
        ) from error
    try:
        return optuna.storages.JournalStorage(JournalFileBackend(str(path), lock))  # type: ignore[arg-type]
    except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"A line of the search's journal {path} is damaged ({error!r})") from error


def _check(path: Path) -> None:
    """Raises `UserError` unless each line can be an operation of Optuna's; half a last line, the beginning of one."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            begun = line.rstrip(b"\0")[: len(_OPERATION)]  # a power cut may leave zeros
            if not (_is_operation(line) if line.endswith(b"\n") else _OPERATION.startswith(begun)):
                raise _damaged(path, f"Line {number} of the search's journal {path} is damaged, or of something else")


def _is_operation(line: bytes) -> bool:
    try:
        operation = json.loads(line)
    except ValueError:
        return False
    return isinstance(operation, dict) and {"op_code", "worker_id"} <= operation.keys()


def _damaged(path: Path, what: str) -> UserError:
    aside = files.free(path.with_name(f"{path.name}.damaged"))
    return UserError(
        f"{what}. Bring a copy back, or put it aside with `mv {shlex.quote(str(path))} {shlex.quote(str(aside))}`: the "
        "search then begins anew, and trainings that are done are reused."
    )
