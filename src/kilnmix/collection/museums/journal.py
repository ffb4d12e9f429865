"""works.jsonl: a line a finished object, appended as soon as its photographs are on the disk.

A line that a kill cut short, or that something damaged later, is passed over and counted: its object is asked for
again. It is kept in works.damaged.jsonl, so that the next run does not count it anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kilnmix.collection.museums.outside import is_id
from kilnmix.collection.museums.work import Work
from kilnmix.collection.tables.folder import outside
from kilnmix.common import files
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_bytes

NAME, DAMAGED = "works.jsonl", "works.damaged.jsonl"
_LISTS = ("images", "dates", "made")
"""Fields of `Work` that hold several texts."""


@dataclass(frozen=True)
class Stored:
    """A photograph on disk."""

    path: str
    url: str
    sha256: str


@dataclass(frozen=True)
class Kept:
    """Id -> an object of earlier runs, whose photographs are still there and whole; and how many lines say nothing."""

    done: dict[str, tuple[Work, list[Stored]]]
    damaged: int


def read(folder: Path) -> Kept:
    """What earlier runs finished. A last line without an end, as a kill leaves it, is taken off the file.

    Raises:
        UserError: the file cannot be read.
    """
    path = folder / NAME
    done: dict[str, tuple[Work, list[Stored]]] = {}
    if not path.exists():
        return Kept(done, 0)
    try:
        content = read_bytes(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror or error}). Collect into another folder with --into, or remove it "
            f"with `rm -r {shlex.quote(str(path))}`: the same command then asks for every object again."
        ) from error
    whole = content[: content.rfind(b"\n") + 1]
    sound, damaged = [], []
    for line in whole.split(b"\n"):
        if not line.strip():
            continue
        try:
            work, stored = _entry(line)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            damaged.append(line)
            continue
        sound.append(line)
        if all(_whole(folder / one.path, one.sha256) for one in stored):
            done[work.id] = (work, stored)
    if damaged:
        with (folder / DAMAGED).open("ab") as file:
            file.write(b"".join(line + b"\n" for line in damaged))
            file.flush()
            os.fsync(file.fileno())
    if damaged or whole != content:
        files.write(path, b"".join(line + b"\n" for line in sound))
    return Kept(done, len(damaged))


def _entry(line: bytes) -> tuple[Work, list[Stored]]:
    """An object and its photographs; raises whatever a line of another form leads to."""
    entry = json.loads(line.decode("utf-8"))
    said: Mapping[str, Any] = entry["work"]
    values: dict[str, Any] = {name: tuple(value) if name in _LISTS else value for name, value in said.items()}
    texts = [text for name, value in values.items() for text in (value if name in _LISTS else [value])]
    texts += [text for one in entry["photographs"] for text in one.values()]
    work, stored = Work(**values), [Stored(**one) for one in entry["photographs"]]
    if not all(isinstance(text, str) for text in texts) or not is_id(work.id):
        raise ValueError("a field is no text")
    if any(outside(one.path) for one in stored):
        raise ValueError("a photograph lies outside of the folder")
    return work, stored


def _whole(path: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest() == digest
    except OSError:
        return False


@contextmanager
def writer(folder: Path) -> Iterator[Callable[[Work, Sequence[Stored]], None]]:
    """A function that appends an object, which is on the disk when it returns."""
    with (folder / NAME).open("a", encoding="utf-8") as file:

        def note(work: Work, stored: Sequence[Stored]) -> None:
            entry = {"work": asdict(work), "photographs": [asdict(one) for one in stored]}
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

        yield note
