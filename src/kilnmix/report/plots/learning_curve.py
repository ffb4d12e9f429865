"""Learning curves."""

from __future__ import annotations

from typing import Any

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import TASKS, Plot, legend, plot, rows_of, tooltip_of


def learning_curve(context: ReportContext) -> Plot | None:
    """Macro-F1 against real training objects: a colour for each task, a dash for each arm."""
    t, points = context.t, context.inputs.curve
    if not points:
        return None
    rows: list[dict[str, Any]] = [
        {
            "task": context.names.title(point.task),
            "arm": context.names.arm(point.arm),
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
    x = alt.X("objects:Q", title=t.plain("plot.objects"), scale=alt.Scale(zero=True), axis=alt.Axis(grid=False))
    y = alt.Y("f1:Q", title=t.plain("plot.f1"), scale=alt.Scale(zero=False))
    score = alt.Tooltip("f1:Q", title=t.plain("plot.f1"), format=".1f")
    base = alt.Chart(rows_of(rows)).encode(x=x, color=colour)
    layers = [
        base.mark_line(strokeWidth=1.8).encode(y=y, strokeDash=dash),
        base.mark_point(filled=True, size=45, opacity=1).encode(
            y="f1:Q", tooltip=[*tooltip_of(t, "task", "arm", "objects"), score]
        ),
    ]
    if any(point.low is not None for point in points):
        layers.insert(1, base.mark_rule(strokeWidth=1.2).encode(y="low:Q", y2="high:Q", detail="arm:N"))
    return plot("curve", alt.layer(*layers).properties(height=300), t.plain("plot.alt_curve"))
