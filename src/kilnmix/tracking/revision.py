"""Which version of code and data is there: git's commit and DVC's digests."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kilnmix.common.pointers import pointer


def dvc_digest(path: str) -> str | None:
    """The md5 under which DVC knows `path`: from its .dvc file, or from dvc.lock; None when DVC does not know it."""
    single, lock = pointer(Path(path)), Path("dvc.lock")
    if single.is_file():
        return str(_parsed(single)["outs"][0]["md5"])
    if lock.exists():
        for stage in _parsed(lock).get("stages", {}).values():
            for out in stage.get("outs", []):
                if out["path"] == path:
                    return str(out["md5"])
    return None


def _parsed(path: Path) -> Mapping[str, Any]:
    """A file of DVC's, parsed again only when it has changed: a stage looks many digests up."""
    state = path.stat()
    return _yaml(path.resolve(), state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=64)
def _yaml(path: Path, stamp: int, size: int) -> Mapping[str, Any]:
    import yaml

    # Ten times as fast, where libyaml is there.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_bytes(), loader) or {}


def commit() -> str | None:
    """The git commit that is checked out, None outside a repository."""
    return (_git("rev-parse", "HEAD") or "").strip() or None


def branch() -> str | None:
    """The branch that is checked out, None where there is none."""
    return (_git("branch", "--show-current") or "").strip() or None


def uncommitted() -> bool:
    """Whether the code, the settings or the data differ from the commit. dvc.lock is left out: a run writes it."""
    return bool(_git("status", "--porcelain", "--", "src", "conf", "params.yaml", "dvc.yaml", "*.dvc"))


def commits() -> int:
    """How many there are below all branches and tags; 0 outside a repository."""
    return int(_git("rev-list", "--all", "--count") or 0)


def worktrees() -> list[Path]:
    """This project's folders in the repository's other worktrees, as `kilnmix reproduce` makes them."""
    prefix = (_git("rev-parse", "--show-prefix") or "").strip()
    listed = (_git("worktree", "list", "--porcelain", "-z") or "").split("\0")
    found = [Path(line.removeprefix("worktree ")) / prefix for line in listed if line.startswith("worktree ")]
    return [path for path in found if (path / ".dvc").is_dir() and path.resolve() != Path.cwd().resolve()]


def _git(*arguments: str) -> str | None:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
