"""Where the photographs come from, and the commands that repeat the study."""

from __future__ import annotations

import shlex
from pathlib import Path

from kilnmix.common.pointers import pointer


def rendered(folder: Path) -> bool:
    """Whether the photographs are still those that this repository brings along, which a program rendered; whatever the
    profile, since an import takes the line with the embedded remote away."""
    own = pointer(folder)
    return own.exists() and "remote: embedded" in own.read_text(encoding="utf-8")


def commands(folder: Path, commit: str | None, changed: bool) -> tuple[str, ...]:
    """What repeats the study, one shell line each.

    Args:
        folder: of the photographs. commit: that is checked out; changed: whether something differs from it.
    """
    lines, own = [], shlex.quote(str(pointer(folder)))
    if commit:
        lines.append(f"git checkout {commit}" + ("  # and the changes that were not committed" if changed else ""))
    if rendered(folder):
        lines.append(f".venv/bin/dvc pull {own} pocket.dvc")
    else:
        lines.append(".venv/bin/dvc pull pocket.dvc")
        lines.append(f".venv/bin/dvc checkout {own}  # or `dvc pull {own}`, where a DVC remote of yours has them")
    return (*lines, ".venv/bin/dvc repro")
