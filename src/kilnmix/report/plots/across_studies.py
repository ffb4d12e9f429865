"""The classes of several studies in one plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from kilnmix.common.pages.wording import Wording
from kilnmix.report.plots.plot import TASKS, ZERO, Plot, legend, plot, rows_of, tooltip_of

TICKS = [step * 10**power for power in range(5) for step in (1, 2, 5)]


def across_studies(over: str, points: Sequence[dict[str, Any]], t: Wording) -> Plot | None:
    """Difference in F1 over `training` objects or `alignment`, a colour for each study.

    Args:
        points: rows with study, task, class, x, gain (points), and texts interval, seen, training.
    """
    if not points:
        return None
    title = t.plain("guidelines.objects" if over == "training" else "plot.alignment")
    if over == "training":
        x = alt.X("x:Q", title=title, scale=alt.Scale(type="log"), axis=alt.Axis(grid=False, values=TICKS))
    else:
        x = alt.X("x:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=6))
    studies = list(dict.fromkeys(row["study"] for row in points))
    colours = alt.Scale(domain=studies, range=[TASKS[n % len(TASKS)] for n in range(len(studies))])
    named = {"interval": "class_difference", "seen": "alignment"}
    chart = alt.layer(
        alt.Chart(rows_of([{"zero": 0}])).mark_rule(color=ZERO).encode(y="zero:Q"),
        alt.Chart(rows_of(points))
        .mark_point(filled=True, size=60, opacity=0.8)
        .encode(
            x=x,
            y=alt.Y("gain:Q", title=t.plain("plot.class_difference")),
            color=alt.Color("study:N", scale=colours, legend=legend()),
            tooltip=tooltip_of(t, "study", "task", "class", "training", **named),
        ),
    )
    alternative = t.plain("guidelines.alt", n=len(points), what=title)
    return plot(f"over-{over}", chart.properties(height=300), alternative)
