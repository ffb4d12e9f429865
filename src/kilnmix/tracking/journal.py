"""What a stage tells while it runs: lines in a file, which a process of its own sends to MLflow.

A folder under .kilnmix/tracking/ for each process that runs a stage:

    events.jsonl     what happened, a JSON object a line; only ever appended to
    pictures/        copies of those that are told of
    sent.json        how many bytes of it MLflow has, and the run of every key
    owner.lock       held by the stage as long as it lives
    sender.lock      held by the process that sends

The file is the spool, too: what a server did not take is sent by the next process that finds the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kilnmix.common import files
from kilnmix.common.paths import STATE

JOURNALS, ASIDE = STATE / "tracking", STATE / "tracking-unsent"
_EVENTS, _SENT, _OWNER, _SENDER = "events.jsonl", "sent.json", "owner.lock", "sender.lock"


class Journal:
    """The writing end. Threads may share it."""

    def __init__(self, stage: str) -> None:
        self.folder = JOURNALS / f"{stage}-{time.time_ns()}-{os.getpid()}"
        self.folder.mkdir(parents=True)
        self._owner = FileLock(self.folder / _OWNER)
        self._owner.acquire()
        self._file = (self.folder / _EVENTS).open("a", encoding="utf-8")
        self._turn = threading.Lock()

    def tell(self, event: str, **more: Any) -> None:
        """Appends an event, with the time in ms since 1970."""
        line = json.dumps({"event": event, "at": int(time.time() * 1000), **more}, ensure_ascii=False, default=str)
        with self._turn:
            self._file.write(line + "\n")
            self._file.flush()

    def keep(self, path: Path) -> str:
        """Copies a file into the journal's folder; returns its place there."""
        place = Path("pictures") / path.name
        (self.folder / place).parent.mkdir(exist_ok=True)
        shutil.copyfile(path, self.folder / place)
        return str(place)

    def close(self) -> None:
        self._file.close()
        self._owner.release()


def folders() -> list[Path]:
    """The journals that are there, oldest first."""
    return sorted(
        (folder for folder in JOURNALS.glob("*") if folder.is_dir()), key=lambda folder: folder.name.split("-")[-2:]
    )


def is_left(folder: Path) -> bool:
    """Whether the stage that wrote a journal has ended, however it went."""
    try:
        with FileLock(folder / _OWNER, timeout=0):
            return True
    except Timeout:
        return False


@contextlib.contextmanager
def sending(folder: Path, wait: float = 0.0) -> Iterator[bool]:
    """Yields whether this process is the one that sends a journal; it stays so within the block.

    Args:
        wait: seconds in which the other may end.
    """
    lock = FileLock(folder / _SENDER)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def read(folder: Path, offset: int) -> tuple[list[dict[str, Any]], int]:
    """The events behind an offset in bytes, and the offset behind them; a line that is not whole yet is left."""
    path = folder / _EVENTS
    if not path.exists():
        return [], offset
    with path.open("rb") as file:
        file.seek(offset)
        content = file.read()
    whole, _, _ = content.rpartition(b"\n")
    events = []
    for line in whole.splitlines():
        with contextlib.suppress(ValueError):  # a power cut may have left half a line in the middle
            events.append(json.loads(line))
    return events, offset + (len(whole) + 1 if whole else 0)


def sent(folder: Path) -> tuple[int, dict[str, str]]:
    """How far a journal has been sent, and key -> run.

    Raises:
        KeyError, TypeError, ValueError: the note of it is damaged.
    """
    path = folder / _SENT
    if not path.exists():
        return 0, {}
    told = json.loads(path.read_text(encoding="utf-8"))
    offset, runs = int(told["offset"]), dict(told["runs"])
    if offset < 0 or not all(isinstance(run, str) for run in runs.values()):
        raise ValueError("its note of what was sent makes no sense")
    return offset, runs


def put_aside(folder: Path) -> Path:
    """Takes a journal that cannot be sent out of the way of the others; returns where it is kept."""
    ASIDE.mkdir(parents=True, exist_ok=True)
    return folder.rename(files.free(ASIDE / folder.name))


def note_sent(folder: Path, offset: int, runs: Mapping[str, str]) -> None:
    files.write(folder / _SENT, json.dumps({"offset": offset, "runs": runs}))
