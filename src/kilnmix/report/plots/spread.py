"""Where the good trials of the searches lie: a slice for each parameter, one below the other."""

from __future__ import annotations

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import Plot, plot, rows_of, tooltip_of
from kilnmix.report.plots.tried import by_score, lowest_to_highest, tried

_BAND = 46
"""Height of a slice, in pixels."""


def spread(context: ReportContext) -> Plot | None:
    """Every trial with synthetic images as a point in the slice of each parameter: across from its lowest to its
    highest value tried, upwards and by its colour the score; None where no parameter was tried at two values."""
    t, rows = context.t, tried(context)
    if not rows:
        return None
    names = list(dict.fromkeys(row["setting"] for row in rows))
    scores = [row["objective"] for row in rows]
    axis = lowest_to_highest(t)
    chart = (
        alt.Chart(rows_of(rows))
        .mark_point(filled=True, size=50, opacity=0.85)
        .encode(
            x=alt.X("place:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("setting:N", title=None, sort=names, axis=alt.Axis(labelLimit=220, grid=True, tickBand="extent")),
            yOffset=alt.YOffset("objective:Q", scale=alt.Scale(domain=[max(scores), min(scores)], padding=8)),
            color=by_score(t),
            tooltip=[
                *tooltip_of(t, "setting", "value", "trial"),
                alt.Tooltip("objective:Q", title=t.plain("plot.objective"), format=".1f"),
            ],
        )
    )
    best = max(rows, key=lambda row: row["objective"])
    own = ", ".join(f"{row['setting']} {row['value']}" for row in rows if row["key"] == best["key"])
    return plot("spread", chart.properties(height=_BAND * len(names)), t.plain("plot.alt_spread", settings=own))
