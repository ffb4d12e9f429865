"""What a kept state follows from, as a digest: settings, inputs, the code that made it, the versions of its libraries.

A state that is taken up again (a training that was stopped, images drawn before, a study's trials) lies under the
digest of all of these, so that changed code never goes on with what other code has begun.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Container, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.common.code import PACKAGE, sources


def of_state(**parts: Any) -> str:
    """SHA-256 (hex) over named parts: values that JSON can hold, paths and settings as text."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def of_file(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes; read again only when its time or size changes."""
    state = path.stat()
    return _of_file(path.resolve(), state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=65536)
def _of_file(path: Path, stamp: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_files(path: Path, without: Container[str] = ()) -> str:
    """SHA-256 (hex) of a file, or of a folder's files and their names; empty where there is nothing.

    Args:
        without: names of files that do not count.
    """
    if path.is_file():
        return of_file(path)
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.name not in without)
    if not files:
        return ""
    summary = hashlib.sha256()
    for file in files:
        summary.update(f"{file.relative_to(path).as_posix()}\0{of_file(file)}\n".encode())
    return summary.hexdigest()


def of_array(array: np.ndarray) -> str:
    """SHA-256 (hex) of an array's shape, dtype and values."""
    summary = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    summary.update(np.ascontiguousarray(array).data)
    return summary.hexdigest()


@functools.cache
def of_code(*modules: str) -> str:
    """SHA-256 (hex) of some modules and of all of this project that they import and that decides results."""
    summary = hashlib.sha256()
    for path in sources(*modules):
        summary.update(f"{path.relative_to(PACKAGE).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return summary.hexdigest()


def versions(*libraries: str) -> Mapping[str, str | None]:
    """Library -> its version here; None for one that is not installed."""
    return {name: _version(name) for name in libraries}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
