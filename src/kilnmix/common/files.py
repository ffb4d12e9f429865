"""Outputs appear whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` that takes its place when the block ends well.

    If the block raises, `path` stays what it was and the draft is removed.
    """
    draft = path.with_name(f".{path.name}.new")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(parents=True)
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if path.exists():
        shutil.rmtree(path)
    draft.rename(path)


def replace(path: Path, text: str) -> None:
    """Writes a text file whole: to a temporary name, then renamed."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
