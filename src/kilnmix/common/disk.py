"""What a disk that is full, read-only or refused means to the person, whichever library ran into it."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kilnmix.common.errors import UserError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM)
_IN_THE_WAY = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP, errno.ENAMETOOLONG, errno.EXDEV)
# What libraries say who raise errors of their own: safetensors, SQLite, torch, NumPy's tofile.
_WORDS = (
    (errno.ENOSPC, r"No space left|disk is full|quota exceeded"),
    (errno.EROFS, r"Read-only file system|readonly database"),
    (errno.EACCES, r"Permission denied"),
    (errno.EFBIG, r"File too large"),
    (errno.ENOSPC, r"PytorchStreamWriter failed|\d+ requested and \d+ written|file write failed"),
)


@contextmanager
def disk_faults(place: Path) -> Iterator[None]:
    """Turns what a disk says within the block into a `UserError`; other errors pass.

    Args:
        place: named where an error names no file of its own.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        text = sentence(error, place)
        if text is None:
            raise
        raise UserError(text) from error


def sentence(error: BaseException, place: Path) -> str | None:
    """What an error of the disk means; none for another error. Its causes are looked through, too."""
    link: BaseException | None = error
    seen: list[BaseException] = []
    while link is not None and link not in seen:
        number = _number(link)
        if number is not None:
            named = getattr(link, "filename", None)
            return _sentence(number, Path(os.fsdecode(named)) if isinstance(named, str | bytes) else None, place)
        seen.append(link)
        link = link.__cause__ or link.__context__
    return None


def _number(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        known = (*_FULL, *_REFUSED, *_IN_THE_WAY, errno.EROFS, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENOENT)
        nameless = error.errno == errno.ENOENT and error.filename is None
        return error.errno if error.errno in known and not nameless else None
    return next((number for number, words in _WORDS if re.search(words, str(error))), None)


def _sentence(number: int, file: Path | None, place: Path) -> str:
    named, reason = file or place, os.strerror(number)
    if number in _FULL:
        return (
            f"The disk that holds {named} is full{_free(named)}. Make room and run the same command again; what was "
            "done is kept."
        )
    if number == errno.EFBIG:
        return (
            f"{named} may not grow as large as it must here. `ulimit -f` shows the limit, `ulimit -f unlimited` lifts "
            "it; or put the project on another disk."
        )
    if number == errno.EROFS:
        return f"{named} lies on a disk that is read-only. Make it writable, or copy the project to another disk."
    if number in _REFUSED:
        return f"{named} may not be read or written by this user ({reason}). `ls -ld` shows whose it is; mend that."
    if number == errno.EMFILE:
        return f"Too many files are open for {named}. `ulimit -n 4096` lets this shell open more."
    if number == errno.EIO:
        return f"The disk that holds {named} does not answer ({reason}). Look after it before anything else is written."
    if number == errno.ENOENT:
        return f"{named} is missing. Run `dvc repro`, which makes what a stage left; bring back what is yours."
    return f"{named} is in the way, or cannot be reached ({reason}). Look at it with `ls -ld`, and move it aside."


def _free(path: Path) -> str:
    """Bytes that are free, in words; empty where nobody can say."""
    folder = next((folder for folder in (path, *path.absolute().parents) if folder.is_dir()), None)
    if folder is None:
        return ""
    try:
        return f" ({shutil.disk_usage(folder).free / 2**20:.0f} MiB are free)"
    except OSError:
        return ""
