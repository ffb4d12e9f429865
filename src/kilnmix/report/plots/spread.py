"""Where the good trials of the searches lie: a row of points for each parameter."""

from __future__ import annotations

from typing import Any

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import Plot, plot, rows_of, tooltip_of
from kilnmix.report.tables.settings import setting_name


def spread(context: ReportContext) -> Plot | None:
    """Every trial with synthetic images as a point in the row of each parameter, from its lowest to its highest value
    tried, coloured by its score; None where no parameter was tried at two values."""
    t, rows = context.t, _rows(context)
    if not rows:
        return None
    names = list(dict.fromkeys(row["setting"] for row in rows))
    axis = alt.Axis(values=[0, 1], labelExpr=f"datum.value ? '{t.plain('plot.highest')}' : '{t.plain('plot.lowest')}'")
    score = alt.Color(
        "objective:Q",
        title=t.plain("plot.objective"),
        # Steps: a gradient's picture has an id, which clashes with that of the still picture.
        scale=alt.Scale(type="quantize", range=["#e6dfc8", "#b9ab82", "#6f7d5f", "#1d3a33"]),
        legend=alt.Legend(orient="top", type="symbol", columns=2, titleLimit=300),
    )
    chart = (
        alt.Chart(rows_of(rows))
        .mark_point(filled=True, size=70, opacity=0.85)
        .encode(
            x=alt.X("place:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("setting:N", title=None, sort=names, axis=alt.Axis(labelLimit=220, grid=True)),
            color=score,
            tooltip=[
                *tooltip_of(t, "setting", "value", "trial"),
                alt.Tooltip("objective:Q", title=t.plain("plot.objective"), format=".1f"),
            ],
        )
    )
    best = max(rows, key=lambda row: row["objective"])
    own = ", ".join(f"{row['setting']} {row['value']}" for row in rows if row["key"] == best["key"])
    return plot("spread", chart.properties(height=34 * len(names)), t.plain("plot.alt_spread", settings=own))


def _rows(context: ReportContext) -> list[dict[str, Any]]:
    """A row for each trial and parameter: where its value lies between the lowest and the highest tried."""
    trials = [
        (search.fold, trial)
        for search in context.inputs.searches
        if search.synthetic
        for trial in search.trials
        if trial.objective is not None
    ]
    names = dict.fromkeys(name for _, trial in trials for name in trial.values)
    rows = []
    for name in names:
        values = [trial.values[name] for _, trial in trials if name in trial.values]
        low, high = min(values), max(values)
        if low == high:
            continue
        rows += [
            {
                "setting": setting_name(name, context),
                "place": (trial.values[name] - low) / (high - low),
                "value": f"{trial.values[name]:.3g}",
                "trial": trial.number,
                "key": f"{fold}/{trial.number}",
                "objective": 100 * (trial.objective or 0.0),
            }
            for fold, trial in trials
            if name in trial.values
        ]
    return rows
