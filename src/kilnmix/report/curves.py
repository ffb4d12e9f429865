"""Learning curves: macro-F1 against the number of real training objects, and what the synthetic images are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
from markupsafe import Markup

from kilnmix.report.inputs import CurvePoint, Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import REAL, Names
from kilnmix.report.plots import TASKS, Plot, legend, plot, rows_of, tooltip_of


@dataclass(frozen=True)
class Worth:
    """How many real objects an arm's images stand for.

    Attributes:
        objects: the arm reaches with this many real objects what `real` reaches with `whole`; None where it does not.
    """

    task: str
    arm: str
    objects: float | None
    whole: int

    @property
    def saved(self) -> float:
        return 0.0 if self.objects is None else max(self.whole - self.objects, 0.0)


def worth(points: Sequence[CurvePoint], task: str, arm: str) -> Worth | None:
    """Where `arm`'s curve first reaches the score that `real` has with all its objects.

    Between its points a curve is a straight line over the logarithm of the objects, as learning curves nearly are
    (Cortes et al. 1993; Hestness et al. 2017 find power laws). None where a curve is missing.
    """
    real = _curve(points, task, REAL)
    other = _curve(points, task, arm)
    if not real or not other:
        return None
    whole, target = real[-1]
    reached = None
    for place, (objects, score) in enumerate(other):
        if score < target:
            continue
        reached = float(objects)
        if place:
            before, below = other[place - 1]
            step = (target - below) / (score - below)
            reached = math.exp(math.log(before) + step * (math.log(objects) - math.log(before)))
        break
    return Worth(task, arm, reached, whole)


def _curve(points: Sequence[CurvePoint], task: str, arm: str) -> list[tuple[int, float]]:
    return sorted((p.objects, p.f1) for p in points if p.task == task and p.arm == arm and np.isfinite(p.f1))


def section(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    """The plot, and a sentence for every arm and task."""
    arms = [arm for arm in dict.fromkeys(point.arm for point in study.curve) if arm != REAL]
    tasks = list(dict.fromkeys(point.task for point in study.curve))
    found = [worth(study.curve, task, arm) for task in tasks for arm in arms]
    return {
        "plot": chart(study.curve, names, t),
        "sentences": [_sentence(each, names, t) for each in found if each is not None],
    }


def _sentence(found: Worth, names: Names, t: Wording) -> Markup:
    values = {"task": names.title(found.task), "mix": names.mix(found.arm), "whole": found.whole}
    if found.objects is None:
        return t("curve.never", **values)
    return t("curve.worth", **values, objects=round(found.objects), saved=round(found.saved))


def chart(points: Sequence[CurvePoint], names: Names, t: Wording) -> Plot | None:
    """Macro-F1 against real training objects: a colour for each task, a dash for each arm."""
    if not points:
        return None
    rows: list[dict[str, Any]] = [
        {
            "task": names.title(point.task),
            "arm": names.arm(point.arm),
            "objects": point.objects,
            "f1": 100 * point.f1,
            "low": None if point.low is None else 100 * point.low,
            "high": None if point.high is None else 100 * point.high,
        }
        for point in points
    ]
    tasks, arms = (list(dict.fromkeys(row[name] for row in rows)) for name in ("task", "arm"))
    colour = alt.Color("task:N", scale=alt.Scale(domain=tasks, range=list(TASKS[: len(tasks)])), legend=legend())
    dash = alt.StrokeDash("arm:N", sort=arms, legend=alt.Legend(orient="bottom", title=None, labelLimit=220))
    base = alt.Chart(rows_of(rows)).encode(
        x=alt.X("objects:Q", title=t.plain("plot.objects"), scale=alt.Scale(zero=True), axis=alt.Axis(grid=False)),
        color=colour,
    )
    layers = [
        base.mark_line(strokeWidth=1.8).encode(
            y=alt.Y("f1:Q", title=t.plain("plot.f1"), scale=alt.Scale(zero=False)), strokeDash=dash
        ),
        base.mark_point(filled=True, size=45, opacity=1).encode(
            y="f1:Q",
            tooltip=[
                *tooltip_of(t, "task", "arm", "objects"),
                alt.Tooltip("f1:Q", title=t.plain("plot.f1"), format=".1f"),
            ],
        ),
    ]
    if any(point.low is not None for point in points):
        layers.insert(1, base.mark_rule(strokeWidth=1.2).encode(y="low:Q", y2="high:Q", detail="arm:N"))
    return plot("curve", alt.layer(*layers).properties(height=300), t.plain("plot.alt_curve"))
