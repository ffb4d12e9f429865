"""Files and folders that appear whole or not at all: made under a temporary name, then renamed."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kilnmix.common.errors import UserError

if TYPE_CHECKING:
    import numpy as np

_ROWS = 256


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` that takes its place when the block ends well.

    If the block raises, `path` stays what it was and the draft is removed.
    """
    with _draft(temporary(path)) as draft:
        yield draft
        put(draft, path)


@contextmanager
def merged(path: Path) -> Iterator[Path]:
    """An empty folder within `path` whose entries replace their namesakes in `path` when the block ends well.

    What else `path` holds stays.
    """
    with _draft(path / ".new") as draft:
        yield draft
        for entry in sorted(draft.iterdir()):
            put(entry, path / entry.name)
        draft.rmdir()


@contextmanager
def _draft(draft: Path) -> Iterator[Path]:
    _remove(draft)
    draft.mkdir(parents=True)
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def put(entry: Path, target: Path) -> None:
    """Gives an entry its place. What was there is renamed first, so that it is lost for no longer than two renames."""
    former = target.with_name(f".{target.name}.old")
    _remove(former)
    if target.is_dir() or target.is_symlink():
        target.rename(former)
    try:
        entry.rename(target)
    except OSError:
        if former.is_symlink() or former.exists():
            former.rename(target)
        raise
    _remove(former)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path, durable: bool = False, concurrent: bool = False) -> Iterator[Path]:
    """A temporary name beside `path` for the block to write a file under, which becomes `path` when it ends well.

    Args:
        durable: also survives a power cut: bytes and name are on the disk when the block has ended.
        concurrent: other processes may write the same file meanwhile; the last to end decides.

    Raises:
        UserError: the folder that is to hold it is not there.
    """
    if not path.parent.exists():
        raise UserError(
            f"{path} cannot be written: there is no folder {path.parent}. Make it (`mkdir -p "
            f"{shlex.quote(str(path.parent))}`), or name another place."
        )
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


def check_replaceable(paths: Iterable[Path]) -> None:
    """Tries whether `write` could put files in these places; leaves everything as it is.

    Raises:
        OSError: a file or its folder is on a read-only disk, is marked as unchangeable, or belongs to another.
    """
    for path in paths:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass
        try:
            os.close(os.open(path, os.O_WRONLY))
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno != errno.EACCES:  # a file without write permission can be replaced all the same
                raise


def reserved_array(path: Path, shape: tuple[int, ...], dtype: str = "uint8") -> np.memmap:
    """A new .npy file of zeros, mapped for writing, that has its place on the disk already.

    A map of a sparse file ends the process without a word (SIGBUS) when the disk is full at the first write to a page.

    Raises:
        OSError: the disk has no room for it; no file is left.
    """
    import numpy as np

    try:
        array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
        with path.open("rb+") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
            else:
                file.seek(array.offset)
                for start in range(0, len(array), _ROWS):
                    file.write(bytes(array[start : start + _ROWS].nbytes))
                file.flush()
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    return array


def free(path: Path) -> Path:
    """`path`, or where something has that name already, the first of `path`-2, `path`-3 and so on that nothing has."""
    tried, count = path, 1
    while tried.exists() or tried.is_symlink():
        count += 1
        tried = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return tried


def readable(name: str) -> str:
    """A file's name as text: bytes that are not UTF-8 are read as Chinese where they can be, else written out."""
    written = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = written.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.isprintable():
            return text
    return written.decode("utf-8", "backslashreplace").replace("\\", "_")


def temporary(path: Path) -> Path:
    """The name under which `path` is made."""
    return path.with_name(f".{path.name}.new")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
