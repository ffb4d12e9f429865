"""The files by which DVC knows what it tracks."""

from __future__ import annotations

from pathlib import Path


def pointer(path: Path) -> Path:
    """The .dvc file of a tracked file or folder, a dot in its name or not."""
    return path.parent / f"{path.name}.dvc"


def pointers(project: Path = Path()) -> list[Path]:
    """The project's .dvc files; DVC's own folder has that ending too."""
    return [path for path in sorted(project.glob("*.dvc")) if path.is_file()]
