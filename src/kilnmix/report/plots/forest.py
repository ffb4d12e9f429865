"""The forest plot: a heading for each task, below it a line for each primary comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.plot import BAND, COLOURS, SHAPES, ZERO, Plot, legend, plot, rows_of, tooltip_of
from kilnmix.report.sentences.lead import primary
from kilnmix.statistics.verdicts import ArmVerdict


def forest(context: ReportContext) -> Plot | None:
    """The primary family; None where nothing can be tested."""
    t, tasks = context.t, context.inputs.verdict.tasks
    rows: list[dict[str, Any]] = []
    labels: dict[str, str] = {}
    for number, task in enumerate(tasks):
        shown = [arm for arm in primary(task) if arm.vs_real is not None]
        if shown:
            labels[f"task {number}"] = context.names.title(task.task)
        for arm in shown:
            key = f"{number} {arm.comparison.arm}"
            labels[key] = context.names.arm(arm.comparison.arm)
            rows.append({"row": key, "task": context.names.title(task.task), **_row(arm, context)})
    if not rows:
        return None
    sentences = t.texts["list.sentence"].join(
        t.plain("plot.alt_forest_row", **{key: row[key] for key in ("task", "arm", "interval", "verdict")})
        for row in rows
    )
    description = t.plain("plot.alt_forest", n=len(rows), rows=sentences)
    chart = _chart(rows, labels, 100 * context.inputs.verdict.rules.margin, context)
    return plot("forest", chart.properties(height=24 * len(labels)), description)


def _row(arm: ArmVerdict, context: ReportContext) -> dict[str, Any]:
    """The numbers of a line in points, and the texts of its tooltip."""
    t, difference, control = context.t, arm.vs_real, arm.vs_repeat
    assert difference is not None
    against_control = f"{t.points(control.delta)} {t.interval(control.low, control.high)}" if control else "–"
    return {
        "arm": context.names.arm(arm.comparison.arm),
        "against": context.names.arm(arm.comparison.reference),
        "delta": 100 * difference.delta,
        "low": 100 * difference.low,
        "high": 100 * difference.high,
        "interval": f"{t.points(difference.delta)} {t.interval(difference.low, difference.high)}",
        "control": against_control,
        "p": t.probability(difference.p),
        "seen": t.points(arm.detectable if arm.possible else None, sign=False),
        "verdict": t.plain(f"verdict.{arm.verdict}"),
        "kind": arm.verdict,
    }


def _chart(rows: Sequence[dict[str, Any]], labels: Mapping[str, str], margin: float, context: ReportContext) -> Any:
    t = context.t
    kinds = [kind for kind in COLOURS if any(row["kind"] == kind for row in rows)]
    words = [t.plain(f"verdict.{kind}") for kind in kinds]
    axis = alt.Axis(
        labelExpr=f"({json.dumps(labels, ensure_ascii=False)})[datum.value]",
        labelFontWeight=alt.condition("indexof(datum.value, 'task') === 0", alt.value("bold"), alt.value("normal")),
        labelLimit=170,
        ticks=False,
        domain=False,
        grid=False,
    )
    order = list(labels)
    y = alt.Y("row:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=axis)
    named = {"interval": "difference", "p": "p", "verdict": "verdict", "seen": "seen", "control": "against_control"}
    tooltip = tooltip_of(t, "task", "arm", "against", **named)
    colour = alt.Color("verdict:N", scale=alt.Scale(domain=words, range=[COLOURS[k] for k in kinds]), legend=legend())
    shape = alt.Shape("verdict:N", scale=alt.Scale(domain=words, range=[SHAPES[k] for k in kinds]), legend=legend())
    x = alt.X("low:Q", title=t.plain("plot.difference"), axis=alt.Axis(tickCount=7))
    base = alt.Chart(rows_of(rows)).encode(y=y, tooltip=tooltip)
    return alt.layer(
        alt.Chart(rows_of([{"low": -margin, "high": margin}])).mark_rect(color=BAND).encode(x="low:Q", x2="high:Q"),
        alt.Chart(rows_of([{"zero": 0}])).mark_rule(color=ZERO).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q", color=colour),
        base.mark_point(filled=True, size=90, opacity=1).encode(x="delta:Q", color=colour, shape=shape),
    )
