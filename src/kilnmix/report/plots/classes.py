"""What each class of a task gained."""

from __future__ import annotations

from typing import Any

import altair as alt

from kilnmix.report.class_rows import ClassRow
from kilnmix.report.context import ReportContext
from kilnmix.report.exploratory import is_discovery
from kilnmix.report.plots.plot import COLOURS, ZERO, Plot, plot, rows_of, tooltip_of
from kilnmix.report.tables.classes import training


def class_point(row: ClassRow, context: ReportContext) -> dict[str, Any]:
    """A class as a point: its numbers in points of F1, and the texts of its tooltip."""
    t, difference = context.t, row.difference
    assert difference is not None
    return {
        "class": context.names.plain(row.task, row.name),
        "task": context.names.title(row.task),
        "arm": context.names.arm(row.arm),
        "gain": round(100 * difference.delta, 2),
        "low": None if difference.low is None else round(100 * difference.low, 2),
        "high": None if difference.high is None else round(100 * difference.high, 2),
        "discovery": is_discovery(difference),
        "interval": f"{t.points(difference.delta)} {t.interval(difference.low, difference.high)}".rstrip(),
        "f1_real": t.score(row.f1_reference),
        "f1_arm": t.score(row.f1_arm),
        "tests": str(difference.objects),
        "training": training(row),
    }


def classes(task: str, lead: str, context: ReportContext) -> Plot | None:
    """What each class of a task gained, with its interval, the rarest class first; buttons choose the arm.

    Args:
        lead: the arm that is shown first.
    """
    rows = [class_point(row, context) for row in context.rows_of(task) if row.difference is not None]
    if not rows:
        return None
    t, arm = context.t, context.names.arm(lead)
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    order = list(dict.fromkeys(row["class"] for row in rows))
    buttons = alt.binding_radio(options=arms, name=f"{t.plain('plot.arm')} ") if len(arms) > 1 else alt.Undefined
    chart = _chart(rows, order, context).add_params(alt.param(name="arm", value=arm, bind=buttons))
    number = [outcomes.task for outcomes in context.inputs.outcomes].index(task)
    description = t.plain("plot.alt_classes", task=context.names.title(task), n=len(order), arm=arm)
    return plot(f"classes-{number}", chart.properties(height=19 * len(order)), description)


def _chart(rows: list[dict[str, Any]], order: list[str], context: ReportContext) -> Any:
    t = context.t
    signs = [COLOURS["harms"] if row["gain"] < 0 else COLOURS["helps"] for row in rows]
    values = [
        {**row, "colour": sign, "fill": sign if row["discovery"] else "white"}
        for row, sign in zip(rows, signs, strict=True)
    ]
    y = alt.Y("class:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=170))
    ends = [row[end] for row in rows for end in ("low", "gain", "high") if row[end] is not None]
    scale = alt.Scale(domain=[min([0.0, *ends]), max([0.0, *ends])], nice=True)
    x: dict[str, Any] = {"title": t.plain("plot.class_difference"), "scale": scale, "axis": alt.Axis(tickCount=7)}
    named = {name: name for name in ("interval", "f1_real", "f1_arm", "tests", "training")}
    tooltip = tooltip_of(t, "class", "arm", **named)
    colour = alt.Color("colour:N", scale=None)
    base = alt.Chart(rows_of(values)).transform_filter("datum.arm === arm").encode(y=y, tooltip=tooltip)
    return alt.layer(
        alt.Chart(rows_of([{"zero": 0}])).mark_rule(color=ZERO).encode(x=alt.X("zero:Q", **x)),
        base.mark_rule(strokeWidth=1.6).encode(x=alt.X("low:Q", **x), x2="high:Q", color=colour),
        base.mark_point(size=60, opacity=1, strokeWidth=1.8).encode(
            x=alt.X("gain:Q", **x), color=colour, fill=alt.Fill("fill:N", scale=None)
        ),
    )
