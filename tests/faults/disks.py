"""Disks that are small or read-only: mounted, where this user may do that."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def need_mounts(folder: Path) -> None:
    """Skips the test, with a reason, where nothing can be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    ended = _run("mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder))
    if ended.returncode:
        pytest.skip(f"needs mounts, which this user may not make: {ended.stderr.strip()}")
    _run("umount", str(folder))


class SmallDisk:
    """A disk of its own with a copy of a folder on it, the rest filled as asked.

    Args:
        size: of the disk in bytes; nothing is ever filled that is larger.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self._size, self._device = folder, size, folder.stat().st_dev
        self._ballast = folder / "ballast"

    def leave(self, free: int) -> None:
        """Fills the disk until so many bytes are free."""
        self._ballast.unlink(missing_ok=True)
        # The machine's own disk must never be the one that is filled.
        assert self.folder.is_mount()
        assert self.folder.stat().st_dev == self._device != self.folder.parent.stat().st_dev
        usage = shutil.disk_usage(self.folder)
        assert usage.total <= self._size
        with self._ballast.open("wb") as file:
            assert os.fstat(file.fileno()).st_dev == self._device
            os.posix_fallocate(file.fileno(), 0, usage.free - free)


@contextmanager
def small_disk(place: Path, size: int, source: Path) -> Iterator[SmallDisk]:
    """Mounts a disk of `size` bytes and copies `source` to it."""
    place.mkdir(parents=True, exist_ok=True)
    assert not _run("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)).returncode
    try:
        shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
        yield SmallDisk(place, size)
    finally:
        _run("umount", "-l", str(place))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Within the block nobody can write into a folder, root neither."""
    assert not _run("mount", "--bind", str(folder), str(folder)).returncode
    try:
        assert not _run("mount", "-o", "remount,ro,bind", str(folder)).returncode
        yield
    finally:
        _run("umount", "-l", str(folder))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
