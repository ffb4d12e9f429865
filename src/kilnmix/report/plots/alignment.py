"""Gain against alignment."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from kilnmix.report.class_rows import ClassRow
from kilnmix.report.context import ReportContext
from kilnmix.report.plots.classes import class_point
from kilnmix.report.plots.plot import TASKS, ZERO, Plot, legend, plot, rows_of, tooltip_of


def alignment(context: ReportContext) -> Plot | None:
    """What each class gained with the focus arm, over how often judges recognise it; None where neither is known."""
    t, focus = context.t, context.exploratory.focus
    points = [
        _point(row, context)
        for outcomes in context.inputs.outcomes
        for row in context.rows_of(outcomes.task)
        if focus == (row.arm, row.reference)
        and row.difference is not None
        and row.alignment is not None
        and math.isfinite(row.alignment)
    ]
    if not points:
        return None
    tasks = list(dict.fromkeys(row["task"] for row in points))
    named = {"interval": "class_difference", "seen": "alignment"}
    tooltip = tooltip_of(t, "class", "task", "arm", **named, asked="asked", recall="recall", training="training")
    share = alt.X(
        "alignment:Q",
        title=t.plain("plot.alignment"),
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", tickCount=6),
    )
    marks = alt.Chart(rows_of(points)).mark_point(filled=True, size=70, opacity=0.85)
    chart = alt.layer(
        alt.Chart(rows_of([{"zero": 0}])).mark_rule(color=ZERO).encode(y="zero:Q"),
        marks.encode(
            x=share,
            y=alt.Y("gain:Q", title=t.plain("plot.class_difference")),
            color=alt.Color("task:N", scale=alt.Scale(domain=tasks, range=list(TASKS[: len(tasks)])), legend=legend()),
            shape=alt.Shape("task:N", scale=alt.Scale(domain=tasks), legend=legend()),
            tooltip=tooltip,
        ),
    )
    return plot("alignment", chart.properties(height=320), t.plain("plot.alt_alignment", n=len(points)))


def _point(row: ClassRow, context: ReportContext) -> dict[str, Any]:
    assert row.alignment is not None and row.asked is not None
    return {
        **class_point(row, context),
        "alignment": round(row.alignment, 4),
        "seen": context.t.percent(row.alignment),
        "asked": f"{row.asked:.0f}",
        "recall": context.t.percent(row.recall),
    }
