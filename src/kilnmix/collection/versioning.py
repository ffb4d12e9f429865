"""What DVC holds of a folder, and putting a new folder under it without ever sending it to the embedded remote."""

from __future__ import annotations

import datetime
import errno
import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from kilnmix.common.errors import UserError
from kilnmix.common.files import free, write
from kilnmix.common.pointers import pointer


def in_repository() -> bool:
    """Whether the working directory is a DVC project's root."""
    return Path(".dvc").is_dir()


def holds(folder: Path) -> bool:
    """Whether DVC's cache has every file of `folder` as it is now, so that nothing is lost with it.

    The folder's .dvc file names a listing in the cache; each file must be in that listing with its MD5, and its content
    in the cache.
    """
    own = pointer(folder)
    if not in_repository() or not own.exists():
        return False
    import yaml

    try:
        listing_digest = str(yaml.safe_load(own.read_text(encoding="utf-8"))["outs"][0]["md5"])
        cache = _cache()
        entries = json.loads(_cached(cache, listing_digest).read_text(encoding="utf-8"))
        known = {entry["relpath"]: entry["md5"] for entry in entries}
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return False
    return all(
        known.get(path.relative_to(folder).as_posix()) == (digest := _md5(path)) and _cached(cache, digest).exists()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def check(folder: Path) -> None:
    """Whether `track` could put a folder under DVC, asked before anything is changed; without DVC any folder will do.

    A folder inside one that DVC tracks would go wherever that one goes, into the embedded remote, too.

    Raises:
        UserError: the folder lies outside the project, behind a link, or inside or around something that DVC tracks; or
            DVC cannot be used now.
    """
    if not in_repository():
        return
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    here = Path.cwd()
    place = Path(os.path.normpath(here / folder))
    if not place.is_relative_to(here):
        raise _elsewhere(folder, "outside the project, where DVC does not track it")
    for parent in place.parents[: len(place.relative_to(here).parts) - 1]:
        if parent.is_symlink():
            raise _elsewhere(folder, f"behind the link {parent.relative_to(here)}, where DVC does not track it")
    try:
        with Repo() as repository, repository.lock:
            tracked = {Path(out.fs_path): out.stage.addressing for out in repository.index.outs if out.is_in_repo}
    except DvcException as error:
        raise UserError(f"DVC cannot take the photographs now, so nothing was changed: {error}") from error
    for other, by in sorted(tracked.items()):
        if place != other and place.is_relative_to(other):
            raise _elsewhere(folder, f"inside {other.relative_to(here)}, which DVC tracks ({by})")
        if other.is_relative_to(place) and by != pointer(folder).name:
            raise _elsewhere(folder, f"around {other.relative_to(here)}, which DVC tracks ({by})")


def _elsewhere(folder: Path, where: str) -> UserError:
    return UserError(
        f"collection.folder is {folder}, {where}. Nothing was changed. Take a folder of its own: "
        "`kilnmix compose collection.folder=photographs`, then import again."
    )


def track(folder: Path) -> None:
    """`dvc add`, after the folder's .dvc file has lost its `remote:` line. That file stays as it was if DVC refuses.

    `dvc add` keeps that line, and then a later `dvc push` would put a person's photographs into the remote inside the
    repository.

    Raises:
        UserError: DVC refuses.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    own = pointer(folder)
    before = own.read_bytes() if own.exists() else None
    try:
        if before is not None:
            lines = own.read_text(encoding="utf-8").splitlines(keepends=True)
            write(own, "".join(line for line in lines if line.strip().split(":")[0] != "remote"))
        with Repo() as repository:
            repository.add(str(folder))
    except BaseException as error:
        if before is None:
            own.unlink(missing_ok=True)
        else:
            write(own, before)
        if not isinstance(error, DvcException):
            raise
        raise UserError(
            f"`dvc add {shlex.quote(str(folder))}` failed, so nothing was changed: {error}. Import again when that is "
            "mended."
        ) from error


def _cache() -> Path:
    """Where DVC keeps files by their MD5."""
    from dvc.repo import Repo

    with Repo() as repository:
        return Path(repository.cache.local.path)


def _cached(cache: Path, digest: str) -> Path:
    return cache / digest[:2] / digest[2:]


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def swap(draft: Path, target: Path, then: Callable[[Path], object] = lambda _: None) -> Path | None:
    """`draft` becomes `target`; what was there is removed if DVC has it, else kept under another name.

    Args:
        then: what is to be done with `target`; if it raises, everything is as it was before.

    Raises:
        UserError: a disk is mounted at `target`.
    """
    if not target.exists():
        _placed(draft, target, then)
        return None
    empty = target.is_dir() and not any(target.iterdir())
    safe = empty or holds(target)
    stamp = datetime.datetime.now(tz=datetime.UTC).astimezone().strftime("%Y-%m-%d-%H%M%S")
    old = free(target.with_name(f"{target.name}-before-{stamp}"))
    try:
        target.replace(old)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        raise UserError(
            f"{target} cannot be put aside, for a disk is mounted there; nothing was changed. Take another folder: "
            "`kilnmix compose collection.folder=photographs`, then import again."
        ) from error
    try:
        _placed(draft, target, then)
    except BaseException:
        old.replace(target)
        raise
    if safe:
        shutil.rmtree(old, ignore_errors=True)
        return None
    return old


def _placed(draft: Path, target: Path, then: Callable[[Path], object]) -> None:
    """`draft` becomes `target`, and is where it was again if `then` raises."""
    draft.replace(target)
    try:
        then(target)
    except BaseException:
        target.replace(draft)
        raise
