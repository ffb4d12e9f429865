"""Files and folders that appear whole or not at all: made under a temporary name, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` that takes its place when the block ends well.

    If the block raises, `path` stays what it was and the draft is removed.
    """
    with _draft(path) as draft:
        yield draft
        if path.exists():
            shutil.rmtree(path)
        draft.rename(path)


@contextmanager
def merged(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` whose entries replace their namesakes in `path` when the block ends well.

    What else `path` holds stays.
    """
    with _draft(path) as draft:
        yield draft
        path.mkdir(parents=True, exist_ok=True)
        for entry in sorted(draft.iterdir()):
            target = path / entry.name
            if target.is_dir():
                shutil.rmtree(target)
            entry.rename(target)
        draft.rmdir()


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    draft = temporary(path)
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(parents=True)
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


@contextmanager
def replacing(path: Path, durable: bool = False, concurrent: bool = False) -> Iterator[Path]:
    """A temporary name beside `path` for the block to write a file under, which becomes `path` when it ends well.

    Args:
        durable: also survives a power cut: bytes and name are on the disk when the block has ended.
        concurrent: other processes may write the same file meanwhile; the last to end decides.
    """
    draft = temporary(path.with_name(f"{path.name}.{os.getpid()}") if concurrent else path)
    try:
        yield draft
        if durable:
            _sync(draft)
        draft.replace(path)
        if durable:
            _sync(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write(path: Path, content: str | bytes, durable: bool = False) -> None:
    """Writes a file whole, text as UTF-8, to a temporary name that is then renamed."""
    with replacing(path, durable) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)


def temporary(path: Path) -> Path:
    """The name under which `path` is made."""
    return path.with_name(f".{path.name}.new")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
