"""The losses of the adapters while they were tuned."""

from __future__ import annotations

from typing import Any

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import TASKS, Plot, legend, plot, rows_of, tooltip_of


def tuning(context: ReportContext) -> Plot | None:
    """Loss against steps: on the photographs kept back where there are any, else on those that were learned. Each
    adapter has a colour, or that of its fold where there are more adapters than colours."""
    t, tunings = context.t, context.inputs.tunings
    if not tunings:
        return None
    validated = any(each.curve for each in tunings)
    title = t.plain("plot.validation_loss" if validated else "plot.training_loss")
    rows: list[dict[str, Any]] = [
        {
            "adapter": f"{each.fold}/{each.adapter}",
            "fold": f"{t.plain('plot.fold')} {each.fold}",
            "step": step,
            "loss": loss,
        }
        for each in tunings
        for step, loss in (each.curve if validated else each.losses)
    ]
    shown = "adapter" if len({row["adapter"] for row in rows}) <= len(TASKS) else "fold"
    names = list(dict.fromkeys(row[shown] for row in rows))
    colour = alt.Color(f"{shown}:N", scale=alt.Scale(domain=names, range=list(TASKS)), legend=legend())
    base = alt.Chart(rows_of(rows)).encode(
        x=alt.X("step:Q", title=t.plain("plot.step"), axis=alt.Axis(grid=False)),
        y=alt.Y("loss:Q", title=title, scale=alt.Scale(zero=False)),
        color=colour,
        detail="adapter:N",
    )
    loss = alt.Tooltip("loss:Q", title=title, format=".4f")
    chart = alt.layer(
        base.mark_line(strokeWidth=1.8),
        base.mark_point(filled=True, size=30, opacity=1).encode(tooltip=[*tooltip_of(t, "adapter", "step"), loss]),
    )
    return plot("tuning", chart.properties(height=240), t.plain("plot.alt_tuning"))
