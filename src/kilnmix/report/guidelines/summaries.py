"""What `compare` leaves of a study for others to read: reports/verdict.json and reports/classes.csv."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_csv, read_mapping

REMEDY = "Run `dvc repro compare` there again."


@dataclass(frozen=True)
class StudySummary:
    """One study: its name, whether its collection is the rendered one, verdict.json, rows of classes.csv."""

    name: str
    demo: bool
    verdict: Mapping[str, Any]
    classes: tuple[Mapping[str, str], ...]

    def primary(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """(task, arm, entry of verdict.json) of the primary comparisons."""
        for task, entry in self.verdict["tasks"].items():
            for arm, compared in entry["arms"].items():
                if compared.get("verdict") and compared.get("family", "primary") == "primary":
                    yield task, arm, compared


def load(folder: Path) -> StudySummary:
    """One study, from a project's folder or from its reports folder.

    Raises:
        UserError: there is no verdict, or a file is damaged.
    """
    reports = folder / "reports" if (folder / "reports").is_dir() else folder
    path = reports / "verdict.json"
    if not path.exists():
        raise UserError(f"{folder} holds no verdict.json. Run `dvc repro` there first, or name its folder.")
    verdict = read_mapping(path, REMEDY)
    if not _whole(verdict):
        raise UserError(f"{path} is not a verdict. {REMEDY}")
    name = str(verdict.get("study") or (reports.parent if reports.name == "reports" else reports).resolve().name)
    demo = bool(verdict.get("rendered", verdict.get("profile") == "demo"))
    return StudySummary(name, demo, verdict, _classes(reports / "classes.csv"))


def _whole(verdict: Mapping[str, Any]) -> bool:
    """Whether every task has arms, and every difference its numbers."""
    try:
        for task in verdict["tasks"].values():
            for arm in task["arms"].values():
                difference = arm.get("vs_real")
                if difference and not all(math.isfinite(difference[key]) for key in ("delta", "low", "high")):
                    return False
    except (KeyError, TypeError, AttributeError):
        return False
    return True


def _classes(path: Path) -> tuple[Mapping[str, str], ...]:
    if not path.exists():
        return ()
    rows = read_csv(path, ("task", "class", "arm", "reference", "delta"), REMEDY)
    for number, row in enumerate(rows, 2):
        for column in ("delta", "training", "alignment"):
            try:
                float(row.get(column) or 0)
            except ValueError as error:
                raise UserError(f"{path}: {column} in row {number} is no number. {REMEDY}") from error
    return tuple(rows)


def load_all(folders: Sequence[Path]) -> list[StudySummary]:
    """Studies whose names tell them apart: where two have one name, their folders are named too.

    Raises:
        UserError: as `load`, or the same folder is named twice.
    """
    places = [(folder.parent if folder.name == "reports" else folder).resolve() for folder in folders]
    twice = next((place for place, count in Counter(places).items() if count > 1), None)
    if twice is not None:
        raise UserError(f"The study in {twice} is named twice; each would count for two.")
    studies = [load(folder) for folder in folders]
    names = Counter(study.name for study in studies)
    inside = Counter((study.name, place.name) for study, place in zip(studies, places, strict=True))
    distinct = []
    for study, place in zip(studies, places, strict=True):
        if names[study.name] > 1:
            where = place.name if inside[study.name, place.name] == 1 else str(place)
            study = replace(study, name=f"{study.name} ({where})")
        distinct.append(study)
    return distinct
