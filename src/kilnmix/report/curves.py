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
        whole: all objects. objects: with so many the arm reaches what `real` reaches with all; None where it does not.
        fewest, most: the same for the upper and the lower ends of the points' intervals, None where those do not.
        first: the smallest part that was tried. Whatever is reached with it might be reached with less.
    """

    task: str
    arm: str
    whole: int
    first: int
    objects: float | None
    fewest: float | None
    most: float | None

    def saved(self, objects: float | None) -> int:
        """Objects that need not be there; none where `objects` is not known or more than all."""
        return 0 if objects is None else round(max(self.whole - objects, 0.0))


def worth(points: Sequence[CurvePoint], task: str, arm: str) -> Worth | None:
    """Where `arm`'s curve first reaches the score that `real` has with all its objects.

    The range holds the numbers of objects at which the interval of the difference to `real` with all objects contains
    zero (a test inverted, as in Fieller 1954). None where a curve is missing.
    """
    real, mine = _curve(points, task, REAL), _curve(points, task, arm)
    if not real or not mine:
        return None
    target = real[-1].f1
    known = [(point.objects, point.gap) for point in mine if point.gap is not None]
    return Worth(
        task,
        arm,
        whole=real[-1].objects,
        first=mine[0].objects,
        objects=reached([(point.objects, point.f1 - target) for point in mine]),
        fewest=reached([(objects, high) for objects, (_, high) in known]),
        most=reached([(objects, low) for objects, (low, _) in known]),
    )


def reached(curve: Sequence[tuple[int, float]]) -> float | None:
    """The objects at which a curve (objects, difference) first is at zero or above; None where it never is.

    Between its points a curve is a straight line over the logarithm of the objects, as learning curves nearly are
    (Cortes et al. 1993; Hestness et al. 2017 find power laws).
    """
    for place, (objects, difference) in enumerate(curve):
        if difference < 0:
            continue
        if not place:
            return float(objects)
        before, below = curve[place - 1]
        step = -below / (difference - below)
        return math.exp(math.log(before) + step * (math.log(objects) - math.log(before)))
    return None


def _curve(points: Sequence[CurvePoint], task: str, arm: str) -> list[CurvePoint]:
    found = [point for point in points if point.task == task and point.arm == arm and np.isfinite(point.f1)]
    return sorted(found, key=lambda point: point.objects)


def section(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    """The plot, and a sentence for every arm and task."""
    arms = [arm for arm in dict.fromkeys(point.arm for point in study.curve) if arm != REAL]
    tasks = list(dict.fromkeys(point.task for point in study.curve))
    found = [worth(study.curve, task, arm) for task in tasks for arm in arms]
    return {
        "plot": chart(study.curve, names, t),
        "sentences": [sentence(each, names, t) for each in found if each is not None],
    }


def sentence(found: Worth, names: Names, t: Wording) -> Markup:
    """What an arm's images stand for, with the range where the points have intervals."""
    values = {"task": names.title(found.task), "mix": names.mix(found.arm), "whole": found.whole}
    if found.objects is None:
        said = t("curve.never", **values)
    else:
        key = "curve.worth_least" if found.objects <= found.first else "curve.worth"
        said = t(key, **values, objects=round(found.objects), saved=found.saved(found.objects))
    high = found.saved(found.fewest)
    if found.fewest is None:  # no intervals, or none that reaches
        return said
    if found.most is None or found.most >= found.whole:
        return said + t("curve.undecided_open" if found.fewest <= found.first else "curve.undecided", high=high)
    key = "curve.range_open" if found.fewest <= found.first else "curve.range"
    return said + t(key, low=found.saved(found.most), high=high)


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
