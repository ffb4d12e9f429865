"""When the trials of a search ran, and how each ended."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from kilnmix.common.pages.wording import Wording
from kilnmix.experiment.attempts import Attempt
from kilnmix.report.plots.plot import COLOURS, TASKS, Plot, legend, plot, rows_of, tooltip_of

_STATES = {"COMPLETE": TASKS[1], "PRUNED": TASKS[3], "FAIL": COLOURS["harms"]}


def timeline(attempts: Sequence[Attempt], t: Wording) -> Plot | None:
    """A bar for each attempt at a trial, from its begin to its end in minutes since the first; None without any."""
    if not attempts:
        return None
    first = min(attempt.began for attempt in attempts)
    kinds = {"searched": t.plain("plot.with"), "real-searched": t.plain("plot.without")}
    words = {state: t.plain(f"plot.state_{state.lower()}") for state in _STATES}
    rows = [
        {
            "began": (attempt.began - first) / 60,
            "ended": (attempt.ended - first) / 60,
            "trial": attempt.place,
            "study": kinds[attempt.study],
            "state": words[attempt.state],
        }
        for attempt in attempts
    ]
    order = list(dict.fromkeys(f"{row['study']} {row['trial']}" for row in rows))
    for row in rows:
        row["row"] = f"{row['study']} {row['trial']}"
    scale = alt.Scale(domain=list(words.values()), range=list(_STATES.values()))
    chart = (
        alt.Chart(rows_of(rows))
        .mark_bar(height=7)
        .encode(
            x=alt.X("began:Q", title=t.plain("plot.minutes")),
            x2="ended:Q",
            y=alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
            color=alt.Color("state:N", scale=scale, legend=legend()),
            tooltip=tooltip_of(t, "study", "trial", "state"),
        )
    )
    return plot("timeline", chart.properties(height=14 * len(order)), t.plain("plot.alt_timeline", n=len(rows)))
