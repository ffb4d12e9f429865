"""The trials of the searches in their order."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import COLOURS, TASKS, Plot, legend, plot, rows_of, tooltip_of


def trials(context: ReportContext) -> Plot | None:
    """Every trial of the searches, and the best so far as a line; None where no trial ended."""
    t, rows = context.t, _rows(context)
    if not rows:
        return None
    kinds = list(dict.fromkeys(row["study"] for row in rows))
    colours = {t.plain("plot.with"): TASKS[0], t.plain("plot.without"): COLOURS["undecided"]}
    scale = alt.Scale(domain=kinds, range=[colours[name] for name in kinds])
    x = alt.X("trial:Q", title=t.plain("plot.trial"), axis=alt.Axis(tickMinStep=1, format="d", grid=False))
    values = [row["objective"] for row in rows]
    low, high = min(values), max(values)
    room = 0.05 * (high - low) + 0.1
    y: dict[str, Any] = {
        "title": t.plain("plot.objective"),
        "scale": alt.Scale(domain=[low - room, high + room], nice=True, zero=False),
    }
    score = alt.Tooltip("objective:Q", title=t.plain("plot.objective"), format=".1f")
    tooltip = [*tooltip_of(t, "study", "fold", "trial"), score, *tooltip_of(t, "setting")]
    base = alt.Chart(rows_of(rows)).encode(x=x, color=alt.Color("study:N", scale=scale, legend=legend()))
    chart = alt.layer(
        base.mark_line(interpolate="step-after", strokeWidth=1.5).encode(y=alt.Y("best:Q", **y), detail="fold:N"),
        base.mark_point(filled=True, size=45, opacity=0.8).encode(y="objective:Q", tooltip=tooltip),
    )

    def top(kind: str) -> str:
        reached = [row["objective"] for row in rows if row["study"] == kind]
        return f"{max(reached):.1f}" if reached else "–"

    best = {"with_best": top(t.plain("plot.with")), "without_best": top(t.plain("plot.without"))}
    return plot("trials", chart.properties(height=240), t.plain("plot.alt_trials", **best))


def _rows(context: ReportContext) -> list[dict[str, Any]]:
    """A row for each trial that ended: scores out of 100, texts for the tooltip."""
    rows = []
    for search in context.inputs.searches:
        best = -np.inf
        for trial in sorted(search.trials, key=lambda trial: trial.number):
            if trial.objective is None:
                continue
            best = max(best, trial.objective)
            rows.append(
                {
                    "trial": trial.number,
                    "objective": 100 * trial.objective,
                    "best": 100 * best,
                    "study": context.t.plain("plot.with" if search.synthetic else "plot.without"),
                    "fold": str(search.fold),
                    "setting": ", ".join(f"{name} {value:.3g}" for name, value in trial.values.items()),
                }
            )
    return rows
