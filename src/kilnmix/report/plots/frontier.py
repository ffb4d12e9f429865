"""Authenticity against diversity: points of small pools over how far they cover the photographs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from kilnmix.common.pages.wording import Wording
from kilnmix.curation.frontier import Point
from kilnmix.report.plots.plot import TASKS, ZERO, Plot, plot, rows_of


def frontier(points: Sequence[Point], over: str, t: Wording) -> Plot | None:
    """`over` (fidelity, memorised or gain) against coverage; None where no point has both.

    A colour a guidance, a shape a scale of the adapter; the larger a mark, the more of the pool is kept.
    """
    known = [point for point in points if {over, "coverage"} <= point.values.keys()]
    if not known:
        return None
    rows = [_row(point, over, t) for point in known]
    guidances = sorted({row["guidance"] for row in rows}, key=float)
    scales = sorted({row["scale"] for row in rows}, key=float)
    colours = alt.Scale(domain=guidances, range=[TASKS[place % len(TASKS)] for place in range(len(guidances))])
    percent = alt.Axis(format="%", tickCount=6)
    base = alt.Chart(rows_of(rows)).encode(
        x=alt.X("coverage:Q", title=t.plain("frontier.coverage"), scale=alt.Scale(zero=False), axis=percent),
        color=alt.Color("guidance:N", scale=colours, legend=_legend(t.plain("frontier.guidance"))),
    )
    title = t.plain(f"frontier.{over}")
    value = alt.Y(
        "value:Q", title=title, scale=alt.Scale(zero=over == "gain"), axis=percent if over != "gain" else alt.Axis()
    )
    named = {name: f"frontier.{name}" for name in ("guidance", "scale", "strictness", "kept", "shown", "covered")}
    marks = base.mark_point(filled=True, opacity=0.9).encode(
        y=value,
        shape=alt.Shape("scale:N", scale=alt.Scale(domain=scales), legend=_legend(t.plain("frontier.scale"))),
        size=alt.Size("part:Q", scale=alt.Scale(domain=[0, 1], range=[30, 170]), legend=None),
        tooltip=[alt.Tooltip(f"{name}:N", title=t.plain(key)) for name, key in named.items()],
    )
    bars = base.mark_rule(opacity=0.35).encode(y=alt.Y("low:Q", title=title), y2="high:Q")
    layers = [bars, marks]
    if over == "gain":
        layers.insert(0, alt.Chart(rows_of([{"zero": 0}])).mark_rule(color=ZERO).encode(y="zero:Q"))
    words = t.plain("frontier.alt", over=title, n=len(rows))
    return plot(f"frontier-{over}", alt.layer(*layers).properties(height=300), words)


def _legend(title: str) -> alt.Legend:
    return alt.Legend(orient="top", title=title, labelLimit=220)


def _row(point: Point, over: str, t: Wording) -> dict[str, Any]:
    value, covered = point.values[over], point.values["coverage"]
    scaled = 100 if over == "gain" else 1
    return {
        "coverage": round(covered.value, 4),
        "value": round(scaled * value.value, 4),
        "low": round(scaled * value.low, 4),
        "high": round(scaled * value.high, 4),
        "guidance": f"{point.guidance:g}",
        "scale": f"{point.scale:g}",
        "strictness": t.percent(point.strictness),
        "part": round(1 - point.strictness, 4),
        "kept": str(point.kept),
        "shown": t.points(value.value) if over == "gain" else t.percent(value.value),
        "covered": t.percent(covered.value),
    }
