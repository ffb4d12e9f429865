"""Several studies side by side: where did synthetic images help, by task, class size and alignment?"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

from markupsafe import Markup

from kilnmix.common.pages.wording import Wording
from kilnmix.report.guidelines import pooled
from kilnmix.report.guidelines.class_gains import (
    ALIGNMENTS,
    SIZES,
    ClassGain,
    binned,
    common_pair,
    gains,
    of_alignment,
    of_size,
)
from kilnmix.report.guidelines.summaries import StudySummary, counted
from kilnmix.report.languages.names import task_title
from kilnmix.report.languages.wording import wording
from kilnmix.report.page.render import environment
from kilnmix.report.plots.across_studies import across_studies
from kilnmix.report.plots.plot import Plot, library
from kilnmix.report.sentences.lead import ORDER
from kilnmix.report.tables.table import Cell, Table, cells

_DIVIDED = "divided"
"""The verdict where studies of the same photographs came to different ones."""


def render(studies: Sequence[StudySummary], language: str = "en") -> str:
    """The page.

    Raises:
        UserError: there is no such language.
    """
    t = wording(language)
    content = _content(studies, t)
    return (
        environment()
        .get_template("guidelines.html")
        .render(
            t=t,
            shown=content,
            library=Markup(library()) if content["plots"] else Markup(""),
            version=metadata.version("kilnmix"),
        )
    )


def _content(studies: Sequence[StudySummary], t: Wording) -> dict[str, Any]:
    together = counted(studies)
    pair = common_pair(together)
    members = gains(together, pair) if pair else []
    shown = gains(studies, pair) if pair else []
    collections = len({study.collection for study in studies})
    sized = [(_size(place, t), of_size(members, place)) for place in range(len(SIZES))]
    aligned = [
        (
            t("guidelines.alignment_bin", low=t.percent(low), high=t.percent(high)),
            of_alignment(members, low, high),
        )
        for low, high in itertools.pairwise(ALIGNMENTS)
    ]
    return {
        "studies": t("guidelines.studies", n=len(studies)),
        "demo": any(study.demo for study in studies),
        "counts": counts(studies, t),
        "verdicts": verdicts(studies, t),
        "pooled": pooled.table(studies, t),
        "caveat": t("guidelines.single") if collections == 1 else t("guidelines.caveat", n=collections),
        "lead": t("guidelines.classes_lead", arm=pair[0], reference=pair[1]) if pair else None,
        "sizes": _bins(sized, t),
        "alignments": _bins(aligned, t),
        "plots": [plot for over in ("training", "alignment") if (plot := _scatter(shown, over, t))],
    }


def _size(place: int, t: Wording) -> Markup:
    if place + 1 == len(SIZES):
        return t("guidelines.size_last", low=SIZES[place])
    return t("guidelines.size_bin", low=SIZES[place], high=SIZES[place + 1] - 1)


def counts(studies: Sequence[StudySummary], t: Wording) -> list[Markup]:
    """For each task how often each verdict fell, a comparison once a collection."""
    fallen: dict[str, dict[tuple[str, str], set[str]]] = {}
    for study in counted(studies):
        for task, arm, compared in study.primary():
            fallen.setdefault(task, {}).setdefault((study.collection, arm), set()).add(compared["verdict"])
    tally = {
        task: Counter(next(iter(fell)) if len(fell) == 1 else _DIVIDED for fell in own.values())
        for task, own in fallen.items()
    }
    return [
        t(
            "guidelines.count",
            task=task_title(task, t),
            n=fell.total(),
            parts=t.joined(
                [t(f"guidelines.fell.{verdict}", n=fell[verdict]) for verdict in (*ORDER, _DIVIDED) if fell[verdict]]
            ),
        )
        for task, fell in tally.items()
    ]


def verdicts(studies: Sequence[StudySummary], t: Wording) -> Table:
    """A row for every task of every study, a column for every arm."""
    arms = list(dict.fromkeys(arm for study in studies for _, arm, _ in study.primary()))
    rows = []
    for study in studies:
        entries: dict[str, dict[str, Mapping[str, Any]]] = {}
        for task, arm, compared in study.primary():
            entries.setdefault(task, {})[arm] = compared
        for task, by_arm in entries.items():
            name = study.name + ("*" if study.demo else "")
            rows.append((*cells(name, task_title(task, t)), *(_verdict(by_arm.get(arm), t) for arm in arms)))
    return Table(cells(t("guidelines.study"), t("guidelines.task"), *arms), tuple(rows), "scores")


def _verdict(compared: Mapping[str, Any] | None, t: Wording) -> Cell:
    if compared is None:
        return Cell("–")
    words = t(f"verdict.{compared['verdict']}")
    difference = compared.get("vs_real")
    if not difference:
        return Cell(words, looks=compared["verdict"])
    interval = t.interval(float(difference["low"]), float(difference["high"]))
    return Cell(words, f"{t.points(float(difference['delta']))} {interval}", compared["verdict"])


def _bins(bins: Sequence[tuple[str, Sequence[ClassGain]]], t: Wording) -> Table:
    rows = []
    for name, members in bins:
        mean = binned(members)
        if mean is not None:
            gain = Cell(t.points(mean.mean), t.interval(mean.low, mean.high))
            rows.append((*cells(name, str(mean.classes), str(mean.collections)), gain))
    keys = ("guidelines.bin", "guidelines.classes", "guidelines.collections", "guidelines.mean")
    return Table(cells(*(t(key) for key in keys)), tuple(rows), "scores")


def _scatter(members: Sequence[ClassGain], over: str, t: Wording) -> Plot | None:
    points = [
        {
            "study": gain.study,
            "task": task_title(gain.task, t),
            "class": gain.name,
            "gain": round(100 * gain.delta, 2),
            # A logarithmic axis has no place for a class without training objects: it is drawn at 1.
            "x": max(gain.training, 1.0) if over == "training" else round(gain.alignment, 4),
            "interval": t.points(gain.delta),
            "seen": t.percent(gain.alignment),
            "training": "–" if math.isnan(gain.training) else f"{gain.training:.0f}",
        }
        for gain in members
        if math.isfinite(getattr(gain, over))
    ]
    return across_studies(over, points, t)
