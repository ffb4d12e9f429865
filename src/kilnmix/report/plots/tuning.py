"""The losses of the adapters while they were tuned."""

from __future__ import annotations

from typing import Any

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import TASKS, Plot, legend, plot, rows_of, tooltip_of


def tuning(context: ReportContext) -> Plot | None:
    """Loss against steps, a colour for each adapter: on the photographs kept back where there are any, else on those
    that were learned."""
    t, tunings = context.t, context.inputs.tunings
    if not tunings:
        return None
    validated = any(each.curve for each in tunings)
    title = t.plain("plot.validation_loss" if validated else "plot.training_loss")
    rows: list[dict[str, Any]] = [
        {"adapter": f"{each.fold}/{each.adapter}", "step": step, "loss": loss}
        for each in tunings
        for step, loss in (each.curve if validated else each.losses)
    ]
    names = list(dict.fromkeys(row["adapter"] for row in rows))
    colour = alt.Color("adapter:N", scale=alt.Scale(domain=names, range=list(TASKS)), legend=legend())
    base = alt.Chart(rows_of(rows)).encode(
        x=alt.X("step:Q", title=t.plain("plot.step"), axis=alt.Axis(grid=False)),
        y=alt.Y("loss:Q", title=title, scale=alt.Scale(zero=False)),
        color=colour,
    )
    loss = alt.Tooltip("loss:Q", title=title, format=".4f")
    chart = alt.layer(
        base.mark_line(strokeWidth=1.8),
        base.mark_point(filled=True, size=30, opacity=1).encode(tooltip=[*tooltip_of(t, "adapter", "step"), loss]),
    )
    return plot("tuning", chart.properties(height=240), t.plain("plot.alt_tuning"))
