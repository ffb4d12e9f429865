"""Share of synthetic images against the weight of the loss, task by task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Trial
from kilnmix.report.plots.plot import INK, Plot, plot, rows_of, tooltip_of
from kilnmix.report.plots.tried import by_score
from kilnmix.statistics.smoothing import smoothed

_ACROSS, _UP = 16, 12
"""Cells of the smoothed surface."""


def contours(context: ReportContext) -> list[Plot]:
    """A plot for each task whose share and weight were both tried at two values or more: the trials as points, below
    them their scores smoothed over their neighbours, in steps."""
    trials = [
        trial
        for search in context.inputs.searches
        if search.synthetic
        for trial in search.trials
        if trial.objective is not None
    ]
    tasks = dict.fromkeys(name.partition(".")[2] for trial in trials for name in trial.values if "share." in name)
    drawn: list[Plot] = []
    for task in tasks:
        both = [trial for trial in trials if {f"share.{task}", f"weight.{task}"} <= trial.values.keys()]
        pairs = np.array([(trial.values[f"share.{task}"], trial.values[f"weight.{task}"]) for trial in both])
        if len(both) and (np.ptp(pairs, axis=0) > 0).all():
            drawn.append(_contour(task, len(drawn), both, pairs, context))
    return drawn


def _contour(task: str, number: int, trials: Sequence[Trial], pairs: np.ndarray, context: ReportContext) -> Plot:
    t, names = context.t, context.names
    scores = np.array([100 * (trial.objective or 0.0) for trial in trials])
    points = [
        {"share": 100 * share, "weight": weight, "value": f"{weight:.3g}", "trial": trial.number, "objective": score}
        for (share, weight), score, trial in zip(pairs.tolist(), scores.tolist(), trials, strict=True)
    ]
    x = alt.X(
        "share:Q",
        title=t.plain("plot.share_of", task=names.task(task)),
        axis=alt.Axis(grid=False),
        scale=_range(100 * pairs[:, 0]),
    )
    y_title = t.plain("plot.weight_of", task=names.task(task))
    y = alt.Y("weight:Q", title=y_title, axis=alt.Axis(grid=False, tickCount=5), scale=_range(pairs[:, 1], "log"))
    best = max(points, key=lambda point: point["objective"])
    tooltip = [
        *tooltip_of(t, "trial"),
        alt.Tooltip("share:Q", title=t.plain("plot.share_of", task=names.task(task)), format=".0f"),
        alt.Tooltip("value:N", title=y_title),
        alt.Tooltip("objective:Q", title=t.plain("plot.objective"), format=".1f"),
    ]
    chart = alt.layer(
        alt.Chart(rows_of(_surface(pairs, scores)))
        .mark_rect()
        .encode(x=x, x2="share_end:Q", y=y, y2="weight_end:Q", color=by_score(t)),
        alt.Chart(rows_of(points))
        .mark_point(filled=True, size=55, opacity=1, stroke=INK, strokeWidth=0.8)
        .encode(x=x, y=y, color=by_score(t), tooltip=tooltip),
    )
    said = t.plain("plot.alt_contour", task=names.title(task), share=t.share(best["share"] / 100), weight=best["value"])
    return plot(f"contour-{number}", chart.properties(height=200), said)


def _range(values: np.ndarray, kind: Any = "linear") -> alt.Scale:
    """From the lowest to the highest value, with room for half a point."""
    within: dict[str, Any] = {} if kind == "log" else {"zero": False}
    return alt.Scale(type=kind, domain=[float(values.min()), float(values.max())], nice=False, padding=6, **within)


def _surface(pairs: np.ndarray, scores: np.ndarray) -> list[dict[str, Any]]:
    """Cells of the range that was tried, with the smoothed score at their middle; those far from all trials are left
    out. Weights are taken on a log scale."""
    scaled = np.stack([pairs[:, 0], np.log(pairs[:, 1])], axis=1)
    low, size = scaled.min(0), np.ptp(scaled, axis=0)
    columns, rows = (np.arange(count) / count for count in (_ACROSS, _UP))
    middles = np.array([(a + 0.5 / _ACROSS, b + 0.5 / _UP) for a in columns for b in rows])
    means = smoothed((scaled - low) / size, scores, middles)
    cells = []
    for (a, b), mean in zip(middles.tolist(), means.tolist(), strict=True):
        if not np.isnan(mean):
            left, right = (low[0] + size[0] * (a + half / _ACROSS) for half in (-0.5, 0.5))
            bottom, top = (np.exp(low[1] + size[1] * (b + half / _UP)) for half in (-0.5, 0.5))
            ends = {"share": 100 * left, "share_end": 100 * right, "weight": bottom, "weight_end": top}
            cells.append({**{name: round(float(end), 4) for name, end in ends.items()}, "objective": round(mean, 2)})
    return cells
