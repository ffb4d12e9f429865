"""What `compare` leaves of a study for others to read: reports/verdict.json and reports/classes.csv."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kilnmix.common.errors import UserError


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
        UserError: there is no verdict, or it is not one.
    """
    reports = folder / "reports" if (folder / "reports").is_dir() else folder
    try:
        verdict = json.loads((reports / "verdict.json").read_text(encoding="utf-8"))
        tasks = verdict["tasks"]
        assert isinstance(tasks, dict)
    except FileNotFoundError as error:
        raise UserError(f"{folder} holds no verdict.json. Run `dvc repro` there first, or name its folder.") from error
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise UserError(f"{reports / 'verdict.json'} is not a verdict. Run `dvc repro compare` there again.") from error
    table = reports / "classes.csv"
    rows: tuple[Mapping[str, str], ...] = ()
    if table.exists():
        with table.open(newline="", encoding="utf-8") as file:
            rows = tuple(csv.DictReader(file))
    name = str(verdict.get("study") or (reports.parent if reports.name == "reports" else reports).resolve().name)
    return StudySummary(name, bool(verdict.get("rendered", verdict.get("profile") == "demo")), verdict, rows)


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
