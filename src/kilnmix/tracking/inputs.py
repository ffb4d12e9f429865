"""The data sets that runs read, and what identifies their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kilnmix.common import digests
from kilnmix.common.pointers import pointer
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
    if pointer(path).is_file():
        return str(dvc_digest(str(path)))
    return digests.of_files(path, without=(RECORDS,))
