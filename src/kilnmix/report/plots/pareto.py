"""The Pareto front of a search with several objectives, two tasks at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import COLOURS, TASKS, Plot, legend, plot, rows_of, tooltip_of


def fronts(context: ReportContext) -> list[Plot]:
    """A plot for each pair of objectives: every complete trial, those that no other dominates marked. Empty where there
    is one objective."""
    objective = context.inputs.params.search.objective
    if isinstance(objective, str) or len(objective) < 2:
        return []
    drawn = []
    for number, pair in enumerate(combinations(objective, 2)):
        rows = _rows(pair, context)
        if rows:
            drawn.append(_front(number, pair, rows, context))
    return drawn


def _front(number: int, pair: Sequence[str], rows: list[dict[str, Any]], context: ReportContext) -> Plot:
    t, names = context.t, context.names
    kinds = [t.plain("plot.on_front"), t.plain("plot.dominated")]
    titles = [t.plain("plot.f1_of", task=names.task(task)) for task in pair]
    x, y = (
        channel(f"{field}:Q", title=title, scale=alt.Scale(zero=False))
        for channel, field, title in zip((alt.X, alt.Y), ("first", "second"), titles, strict=True)
    )
    scale = alt.Scale(domain=kinds, range=[TASKS[1], COLOURS["undecided"]])
    shape = alt.Shape("study:N", legend=legend())
    tooltip = [
        *tooltip_of(t, "study", "fold", "trial"),
        *(
            alt.Tooltip(f"{field}:Q", title=title, format=".1f")
            for field, title in zip(("first", "second"), titles, strict=True)
        ),
    ]
    chart = (
        alt.Chart(rows_of(rows))
        .mark_point(filled=True, size=60, opacity=0.9)
        .encode(x=x, y=y, color=alt.Color("kind:N", scale=scale, legend=legend()), shape=shape, tooltip=tooltip)
    )
    said = t.plain(
        "plot.alt_front",
        first=names.task(pair[0]),
        second=names.task(pair[1]),
        k=sum(row["kind"] == kinds[0] for row in rows),
        n=len(rows),
    )
    return plot(f"front-{number}", chart.properties(height=260), said)


def _rows(pair: Sequence[str], context: ReportContext) -> list[dict[str, Any]]:
    t = context.t
    return [
        {
            **{field: 100 * trial.f1[task] for field, task in zip(("first", "second"), pair, strict=True)},
            "kind": t.plain("plot.on_front" if trial.front else "plot.dominated"),
            "study": t.plain("plot.with" if search.synthetic else "plot.without"),
            "fold": str(search.fold),
            "trial": trial.number,
        }
        for search in context.inputs.searches
        for trial in search.trials
        if trial.objective is not None and set(pair) <= trial.f1.keys()
    ]
