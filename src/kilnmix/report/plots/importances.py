"""Which settings decide between good and bad trials, as bars."""

from __future__ import annotations

from typing import Any

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import COLOURS, TASKS, Plot, legend, plot, rows_of, tooltip_of
from kilnmix.report.tables.settings import setting_name


def importances(context: ReportContext) -> Plot | None:
    """A bar for each setting and study, the most important setting first; None where no search had trials enough."""
    t = context.t
    kinds = {True: t.plain("plot.with"), False: t.plain("plot.without")}
    rows: list[dict[str, Any]] = [
        {
            "setting": setting_name(name, context),
            "importance": 100 * share,
            "study": kinds[search.synthetic],
            "fold": str(search.fold),
        }
        for search in context.inputs.searches
        for name, share in search.importances.items()
    ]
    if not rows:
        return None
    order = sorted({row["setting"] for row in rows}, key=lambda name: -max(_of(rows, name)))
    scale = alt.Scale(domain=list(kinds.values()), range=[TASKS[0], COLOURS["undecided"]])
    chart = (
        alt.Chart(rows_of(rows))
        .mark_bar()
        .encode(
            x=alt.X("importance:Q", title=t.plain("plot.importance"), stack=None),
            y=alt.Y("setting:N", title=None, sort=order, axis=alt.Axis(labelLimit=220)),
            yOffset="study:N",
            color=alt.Color("study:N", scale=scale, legend=legend()),
            tooltip=[
                *tooltip_of(t, "setting", "study", "fold"),
                alt.Tooltip("importance:Q", title=t.plain("plot.importance"), format=".0f"),
            ],
        )
    )
    said = t.plain("plot.alt_importances", setting=order[0])
    return plot("importances", chart.properties(height=34 * len(order)), said)


def _of(rows: list[dict[str, Any]], name: str) -> list[float]:
    return [row["importance"] for row in rows if row["setting"] == name]
