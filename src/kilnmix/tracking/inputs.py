"""The data sets that runs read, and what identifies their bytes."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from kilnmix.tracking.revision import dvc_digest

RECORDS = "records.json"


@dataclass(frozen=True)
class DataInput:
    """A data set that a run read: a DVC output by its path, what it was for, and which bytes it had.

    Attributes:
        digest: worked out when the input is named; empty where there is nothing.
    """

    path: str
    context: str
    digest: str | None = None

    def __post_init__(self) -> None:
        if self.digest is None:
            object.__setattr__(self, "digest", content_digest(Path(self.path)))


def content_digest(path: Path) -> str:
    """SHA-256 of a file or of a folder's files and their names, but for records, which tell of runs; empty for nothing.

    What a .dvc file stands for, such as the photographs, is known by the md5 in there and is not read again.
    """
    pointer = path.with_name(f"{path.name}.dvc")
    if pointer.exists():
        return str(dvc_digest(str(path)))
    if path.is_file():
        return _file_digest(path.resolve(), path.stat().st_mtime_ns, path.stat().st_size)
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != RECORDS)
    if not files:
        return ""
    summary = hashlib.sha256()
    for file in files:
        state = file.stat()
        of_file = _file_digest(file.resolve(), state.st_mtime_ns, state.st_size)
        summary.update(f"{file.relative_to(path).as_posix()}\0{of_file}\n".encode())
    return summary.hexdigest()


@functools.lru_cache(maxsize=65536)
def _file_digest(path: Path, stamp: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
