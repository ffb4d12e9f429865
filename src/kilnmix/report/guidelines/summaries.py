"""What `compare` leaves of a study for others to read: reports/verdict.json and reports/classes.csv.

One rule holds wherever several studies are put together: studies of the same photographs (verdict.json names their
digest) are one collection, and rendered collections are left out where there are others, since they say nothing about
photographs.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_csv, read_mapping
from kilnmix.statistics.decision import VerdictName

REMEDY = "Run `dvc repro compare` there again."


@dataclass(frozen=True)
class StudySummary:
    """One study: its name, whether its collection is the rendered one, verdict.json, rows of classes.csv."""

    name: str
    demo: bool
    verdict: Mapping[str, Any]
    classes: tuple[Mapping[str, str], ...]

    @property
    def collection(self) -> str:
        """What tells its photographs from others: their digest, or the study's name where that is not known."""
        return str(self.verdict.get("collection") or self.name)

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
    fault = _fault(verdict)
    if fault is not None:
        raise UserError(f"{path} is not a verdict ({fault}). {REMEDY}")
    name = str(verdict.get("study") or (reports.parent if reports.name == "reports" else reports).resolve().name)
    demo = bool(verdict.get("rendered", verdict.get("profile") == "demo"))
    return StudySummary(name, demo, verdict, _classes(reports / "classes.csv"))


def counted(studies: Sequence[StudySummary]) -> list[StudySummary]:
    """Those that are put together: without the rendered ones where there are others."""
    return [study for study in studies if not study.demo] or list(studies)


def _fault(verdict: Mapping[str, Any]) -> str | None:
    """The first entry that no verdict has, in words; None: it is one."""
    told = {"study": str, "profile": str, "collection": str, "rendered": bool}
    for name, kind in told.items():
        if verdict.get(name) is not None and not isinstance(verdict[name], kind):
            return f"{name} is {_shown(verdict[name])}"
    tasks = verdict.get("tasks")
    if not isinstance(tasks, Mapping):
        return "it has no tasks"
    for task, entry in tasks.items():
        arms = entry.get("arms") if isinstance(entry, Mapping) else None
        if not isinstance(arms, Mapping):
            return f"tasks.{task} has no arms"
        for arm, compared in arms.items():
            fault = _arm_fault(compared)
            if fault is not None:
                return f"tasks.{task}.arms.{arm}: {fault}"
    return None


def _arm_fault(compared: Any) -> str | None:
    if not isinstance(compared, Mapping):
        return "it holds nothing by name"
    known = {"verdict": get_args(VerdictName), "family": ("primary", "secondary")}
    for name, values in known.items():
        if compared.get(name) is not None and compared[name] not in values:
            return f"{name} is {_shown(compared[name])}"
    difference = compared.get("vs_real")
    if difference is None:
        return None
    if not isinstance(difference, Mapping):
        return f"vs_real is {_shown(difference)}"
    if not isinstance(difference.get("against"), str):
        return "vs_real.against names no arm"
    numbers = ("delta", "low", "high", *(["se"] if "se" in difference else []))
    wrong = next((name for name in numbers if not _is_number(difference.get(name))), None)
    return f"vs_real.{wrong} is no number" if wrong else None


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:40]


def _classes(path: Path) -> tuple[Mapping[str, str], ...]:
    if not path.exists():
        return ()
    rows = read_csv(path, ("task", "class", "arm", "reference", "delta"), REMEDY)
    for number, row in enumerate(rows, 2):
        for column in ("delta", "training", "alignment"):
            try:
                sound = math.isfinite(float(row.get(column) or 0))
            except ValueError:
                sound = False
            if not sound:
                raise UserError(f"{path}: {column} in row {number} is no number. {REMEDY}")
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
