"""What DVC holds of a folder, and putting a new folder under it without ever sending it to the embedded remote."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from kilnmix.errors import UserError


def in_repository() -> bool:
    """Whether the working directory is a DVC project's root."""
    return Path(".dvc").is_dir()


def holds(folder: Path) -> bool:
    """Whether DVC's cache has every file of `folder` as it is now, so that nothing is lost with it.

    The folder's .dvc file names a listing in the cache; each file must be in that listing with its MD5, and its content
    in the cache.
    """
    pointer = _pointer(folder)
    if not in_repository() or not pointer.exists():
        return False
    import yaml

    try:
        listing_digest = str(yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]["md5"])
        cache = Path(_dvc("cache", "dir").strip()) / "files" / "md5"
        entries = json.loads(_cached(cache, listing_digest).read_text(encoding="utf-8"))
        known = {entry["relpath"]: entry["md5"] for entry in entries}
    except (OSError, ValueError, KeyError, IndexError, TypeError, UserError):
        return False
    return all(
        known.get(path.relative_to(folder).as_posix()) == (digest := _md5(path)) and _cached(cache, digest).exists()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def track(folder: Path) -> None:
    """`dvc add`, after the folder's .dvc file has lost its `remote:` line.

    `dvc add` keeps that line, and then a later `dvc push` would put a person's photographs into the remote inside the
    repository.

    Raises:
        UserError: DVC refuses.
    """
    pointer = _pointer(folder)
    if pointer.exists():
        lines = pointer.read_text(encoding="utf-8").splitlines(keepends=True)
        draft = pointer.with_name(f".{pointer.name}.new")
        draft.write_text("".join(line for line in lines if line.strip().split(":")[0] != "remote"), encoding="utf-8")
        draft.replace(pointer)
    _dvc("add", "--quiet", str(folder))


def _pointer(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.dvc")


def _cached(cache: Path, digest: str) -> Path:
    return cache / digest[:2] / digest[2:]


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _dvc(*arguments: str) -> str:
    """Standard output of a DVC command.

    Raises:
        UserError: it fails.
    """
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise UserError(f"`dvc {' '.join(arguments)}` failed: {said[-1] if said else 'without a word'}")
    return done.stdout
