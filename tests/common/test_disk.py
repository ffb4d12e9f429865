"""What a disk says, in sentences; real disks that are full are in tests/faults."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from kilnmix.common.disk import disk_faults, sentence
from kilnmix.common.errors import UserError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x", "out/a"), "The disk that holds out/a is full ("),
        (OSError(errno.EROFS, "x"), "place lies on a disk that is read-only"),
        (PermissionError(errno.EACCES, "x", "out/a"), "out/a may not be read or written by this user"),
        (OSError(errno.EMFILE, "x"), "Too many files are open for place"),
        (NotADirectoryError(errno.ENOTDIR, "x", "a/b"), "a/b is in the way"),
        (FileNotFoundError(errno.ENOENT, "x", "a/b"), "a/b is missing"),
        (RuntimeError("PytorchStreamWriter failed writing file"), "The disk that holds place is full"),
        (ValueError("400 requested and 12 written"), "is full"),
    ],
)
def test_what_it_means(error: Exception, said: str) -> None:
    assert said in (sentence(error, Path("place")) or "")


def test_causes_are_looked_through_and_other_errors_are_none() -> None:
    outer = RuntimeError("a library's own")
    outer.__cause__ = OSError(errno.ENOSPC, "x", "deep")
    assert "deep is full" in (sentence(outer, Path("place")) or "")
    assert sentence(ValueError("wrong"), Path("place")) is None
    assert sentence(FileNotFoundError(errno.ENOENT, "without a name"), Path("place")) is None


def test_only_a_disks_faults_become_sentences() -> None:
    with pytest.raises(UserError, match="is full"), disk_faults(Path("place")):
        raise OSError(errno.ENOSPC, "x")
    with pytest.raises(ValueError, match="wrong"), disk_faults(Path("place")):
        raise ValueError("wrong")
    own = UserError("a sentence")
    with pytest.raises(UserError) as raised, disk_faults(Path("place")):
        raise own
    assert raised.value is own
