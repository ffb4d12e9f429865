"""Several studies side by side: where did synthetic images help, by task, class size and alignment?

Read from what `compare` leaves of each: reports/verdict.json and reports/classes.csv (`records.classes`).
"""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from scipy import stats

from kilnmix.common.errors import UserError
from kilnmix.report import charts, plots, pooled
from kilnmix.report.language import Wording, wording
from kilnmix.report.naming import task_title
from kilnmix.report.page import environment
from kilnmix.report.sentences import ORDER
from kilnmix.report.tables import Cell, Table

SIZES = (0, 10, 30, 100)
"""Lower ends of the bins of training objects; the last has no upper end."""
ALIGNMENTS = (0.0, 0.4, 0.6, 0.8, 1.0)
LEAST = 3
"""Fewest studies that make an interval."""


@dataclass(frozen=True)
class Told:
    """What one study left: its name, whether its collection is the rendered one, verdict.json, rows of classes.csv."""

    name: str
    demo: bool
    verdict: Mapping[str, Any]
    classes: tuple[Mapping[str, str], ...]


def load(folder: Path) -> Told:
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
    return Told(name, bool(verdict.get("rendered", verdict.get("profile") == "demo")), verdict, rows)


def load_all(folders: Sequence[Path]) -> list[Told]:
    """Studies whose names tell them apart: where two are called alike, their folders are named too.

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
    told = []
    for study, place in zip(studies, places, strict=True):
        if names[study.name] > 1:
            where = place.name if inside[study.name, place.name] == 1 else str(place)
            study = replace(study, name=f"{study.name} ({where})")
        told.append(study)
    return told


@dataclass(frozen=True)
class ClassGain:
    """One class of one study: difference of F1 (a fraction), training objects and alignment, NaN where not known."""

    study: str
    task: str
    name: str
    delta: float
    training: float
    alignment: float


@dataclass(frozen=True)
class Bin:
    """The mean difference of the classes in a bin; low, high: 95 % t interval over studies, None with too few."""

    classes: int
    studies: int
    mean: float
    low: float | None
    high: float | None


def common_pair(studies: Sequence[Told]) -> tuple[str, str] | None:
    """The pair (arm, `real`) that most studies have; of equals the one with the higher share in its name."""
    found = Counter(
        pair
        for study in studies
        for pair in {(row["arm"], row["reference"]) for row in study.classes}
        if pair[1] == "real"
    )
    return max(found, key=lambda pair: (found[pair], _share(pair[0])), default=None)


def _share(arm: str) -> float:
    """The share that a name like mix-90-10 tells; 0 for other names."""
    last = arm.rsplit("-", 1)[-1]
    return float(last) if last.isdecimal() else 0.0


def gains(studies: Sequence[Told], pair: tuple[str, str]) -> list[ClassGain]:
    """The classes of all studies that have the pair."""
    return [
        ClassGain(
            study.name,
            row["task"],
            row["class"],
            float(row["delta"]),
            _number(row.get("training")),
            _number(row.get("alignment")),
        )
        for study in studies
        for row in study.classes
        if (row["arm"], row["reference"]) == pair and row["delta"]
    ]


def _number(cell: str | None) -> float:
    return float(cell) if cell else math.nan


def binned(found: Sequence[ClassGain]) -> Bin | None:
    """The mean over studies of each study's mean, so that a study with many classes does not drown the others."""
    if not found:
        return None
    studies = list(dict.fromkeys(gain.study for gain in found))
    means = [float(np.mean([gain.delta for gain in found if gain.study == study])) for study in studies]
    mean = float(np.mean(means))
    low = high = None
    if len(means) >= LEAST:
        half = float(stats.t.isf(0.025, len(means) - 1)) * float(np.std(means, ddof=1)) / math.sqrt(len(means))
        low, high = mean - half, mean + half
    return Bin(len(found), len(studies), mean, low, high)


def render(studies: Sequence[Told], language: str = "en") -> str:
    """The page."""
    t = wording(language)
    pair = common_pair(studies)
    found = gains(studies, pair) if pair else []
    sized = [(_sized(place, t), [g for g in found if _inside(g.training, place)]) for place in range(len(SIZES))]
    ends = list(itertools.pairwise(ALIGNMENTS))
    aligned = [
        (
            t("guidelines.alignment_bin", low=t.percent(low), high=t.percent(high)),
            [g for g in found if low <= g.alignment < high or g.alignment == high == 1.0],
        )
        for low, high in ends
    ]
    content = {
        "studies": t("guidelines.studies", n=len(studies)),
        "demo": any(study.demo for study in studies),
        "counts": counts(studies, t),
        "verdicts": verdicts(studies, t),
        "pooled": pooled.table([(study.name, study.demo, study.verdict) for study in studies], t),
        "lead": t("guidelines.classes_lead", arm=pair[0], reference=pair[1]) if pair else None,
        "sizes": _table(sized, t),
        "alignments": _table(aligned, t),
        "plots": [plot for plot in (_scatter(found, "training", t), _scatter(found, "alignment", t)) if plot],
    }
    return (
        environment()
        .get_template("guidelines.html")
        .render(
            t=t,
            shown=content,
            library=Markup(plots.library()) if content["plots"] else Markup(""),
            version=metadata.version("kilnmix"),
        )
    )


def _inside(training: float, place: int) -> bool:
    upper = SIZES[place + 1] if place + 1 < len(SIZES) else math.inf
    return SIZES[place] <= training < upper


def _sized(place: int, t: Wording) -> Markup:
    if place + 1 == len(SIZES):
        return t("guidelines.size_last", low=SIZES[place])
    return t("guidelines.size_bin", low=SIZES[place], high=SIZES[place + 1] - 1)


def primary(study: Told) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    """(task, arm, entry of verdict.json) of the primary comparisons."""
    for task, entry in study.verdict["tasks"].items():
        for arm, found in entry["arms"].items():
            if found.get("verdict") and found.get("family", "primary") == "primary":
                yield task, arm, found


def counts(studies: Sequence[Told], t: Wording) -> list[Markup]:
    """For each task how often each verdict fell."""
    tally: dict[str, Counter[str]] = {}
    for study in studies:
        for task, _, found in primary(study):
            tally.setdefault(task, Counter())[found["verdict"]] += 1
    return [
        t(
            "guidelines.count",
            task=task_title(task, t),
            n=found.total(),
            parts=t.joined([t(f"guidelines.fell.{verdict}", n=found[verdict]) for verdict in ORDER if found[verdict]]),
        )
        for task, found in tally.items()
    ]


def verdicts(studies: Sequence[Told], t: Wording) -> Table:
    """A row for every task of every study, a column for every arm."""
    arms = list(dict.fromkeys(arm for study in studies for _, arm, _ in primary(study)))
    rows = []
    for study in studies:
        entries: dict[str, dict[str, Mapping[str, Any]]] = {}
        for task, arm, found in primary(study):
            entries.setdefault(task, {})[arm] = found
        for task, by_arm in entries.items():
            cells = [_verdict(by_arm.get(arm), t) for arm in arms]
            rows.append((Cell(study.name + ("*" if study.demo else "")), Cell(task_title(task, t)), *cells))
    heads = (t("guidelines.study"), t("guidelines.task"), *arms)
    return Table(tuple(Cell(text) for text in heads), tuple(rows), "scores")


def _verdict(found: Mapping[str, Any] | None, t: Wording) -> Cell:
    if found is None:
        return Cell("–")
    words = t(f"verdict.{found['verdict']}")
    difference = found.get("vs_real")
    if not difference:
        return Cell(words, looks=found["verdict"])
    span = t.interval(float(difference["low"]), float(difference["high"]))
    return Cell(words, f"{t.points(float(difference['delta']))} {span}", found["verdict"])


def _table(bins: Sequence[tuple[str, Sequence[ClassGain]]], t: Wording) -> Table:
    rows = []
    for name, members in bins:
        found = binned(members)
        if found is None:
            continue
        span = "" if found.low is None or found.high is None else t.interval(found.low, found.high)
        numbers = (str(found.classes), str(found.studies))
        rows.append((Cell(name), *(Cell(text) for text in numbers), Cell(t.points(found.mean), span)))
    heads = ("guidelines.bin", "guidelines.classes", "guidelines.studies_in", "guidelines.mean")
    return Table(tuple(Cell(t(key)) for key in heads), tuple(rows), "scores")


def _scatter(found: Sequence[ClassGain], over: str, t: Wording) -> plots.Plot | None:
    points = [
        {
            "study": gain.study,
            "task": task_title(gain.task, t),
            "class": gain.name,
            "gain": round(100 * gain.delta, 2),
            # A logarithmic axis has no place for a class without training objects: it stands at one.
            "x": max(gain.training, 1.0) if over == "training" else round(gain.alignment, 4),
            "interval": t.points(gain.delta),
            "seen": t.percent(gain.alignment),
            "training": "–" if math.isnan(gain.training) else f"{gain.training:.0f}",
        }
        for gain in found
        if math.isfinite(getattr(gain, over))
    ]
    return charts.across_studies(over, points, t)
