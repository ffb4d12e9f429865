"""The trials of the searches as parallel coordinates: an axis for each parameter, one below the other."""

from __future__ import annotations

from typing import Any

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import Plot, plot, rows_of, tooltip_of
from kilnmix.report.plots.tried import by_score, lowest_to_highest, tried

_STEP = 30
"""Pixels between two axes."""


def parallel(context: ReportContext) -> Plot | None:
    """Each trial with synthetic images as a line through its values, the best ones on top; the uppermost axis is the
    score. None where no parameter was tried at two values."""
    t, rows = context.t, tried(context)
    if not rows:
        return None
    score = t.plain("plot.objective")
    names = [score, *dict.fromkeys(row["setting"] for row in rows)]
    points = [*_scores(rows, score), *rows]
    for point in points:
        point["order"] = names.index(point["setting"])
    points.sort(key=lambda point: (point["objective"], point["key"], point["order"]))
    base = alt.Chart(rows_of(points)).encode(
        x=alt.X("place:Q", title=None, axis=lowest_to_highest(t), scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("setting:N", title=None, sort=names, axis=alt.Axis(labelLimit=220, grid=True)),
        color=by_score(t),
    )
    tooltip = [
        *tooltip_of(t, "setting", "value", "trial"),
        alt.Tooltip("objective:Q", title=score, format=".1f"),
    ]
    chart = alt.layer(
        base.mark_line(strokeWidth=1.2, opacity=0.6).encode(detail="key:N", order="order:Q"),
        base.mark_point(filled=True, size=18, opacity=1).encode(tooltip=tooltip),
    )
    trials = len({row["key"] for row in rows})
    return plot("parallel", chart.properties(height=_STEP * len(names)), t.plain("plot.alt_parallel", n=trials))


def _scores(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """A point a trial on the axis of the score."""
    trials = {row["key"]: row for row in rows}
    values = [row["objective"] for row in trials.values()]
    low, range_ = min(values), (max(values) - min(values)) or 1.0
    return [
        {**row, "setting": name, "place": (row["objective"] - low) / range_, "value": f"{row['objective']:.1f}"}
        for row in trials.values()
    ]
