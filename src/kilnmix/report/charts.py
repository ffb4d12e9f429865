"""The page's plots, one function each. Rows are plain dictionaries, as Vega-Lite reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from kilnmix.report import sentences
from kilnmix.report.inputs import Search, Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import Names
from kilnmix.report.plots import BAND, COLOURS, SHAPES, TASKS, Plot, legend, plot, rows_of, tooltip_of

TICKS = [step * 10**power for power in range(5) for step in (1, 2, 5)]


def forest(study: Study, names: Names, t: Wording) -> Plot | None:
    """The primary family: a heading for each task, below it a line for each comparison."""
    rows: list[dict[str, Any]] = []
    order: list[str] = []
    labels: dict[str, str] = {}
    for number, task in enumerate(study.verdict.tasks):
        shown = [arm for arm in sentences.primary(task) if arm.vs_real is not None]
        if not shown:
            continue
        order.append(f"task {number}")
        labels[order[-1]] = names.title(task.task)
        for arm in shown:
            difference = arm.vs_real
            assert difference is not None
            key = f"{number} {arm.comparison.arm}"
            order.append(key)
            labels[key] = names.arm(arm.comparison.arm)
            rows.append(
                {
                    "row": key,
                    "task": names.title(task.task),
                    "arm": labels[key],
                    "against": names.arm(arm.comparison.reference),
                    "delta": 100 * difference.delta,
                    "low": 100 * difference.low,
                    "high": 100 * difference.high,
                    "interval": f"{t.points(difference.delta)} {t.interval(difference.low, difference.high)}",
                    "control": _control(arm.vs_repeat, t),
                    "p": t.probability(difference.p),
                    "seen": t.points(arm.detectable, sign=False),
                    "verdict": t.plain(f"verdict.{arm.verdict}"),
                    "kind": arm.verdict,
                }
            )
    if not rows:
        return None
    kinds = [kind for kind in COLOURS if any(row["kind"] == kind for row in rows)]
    words = [t.plain(f"verdict.{kind}") for kind in kinds]
    y = alt.Y(
        "row:N",
        sort=order,
        scale=alt.Scale(domain=order),
        title=None,
        axis=alt.Axis(
            labelExpr=f"({json.dumps(labels, ensure_ascii=False)})[datum.value]",
            labelFontWeight=alt.condition("indexof(datum.value, 'task') === 0", alt.value("bold"), alt.value("normal")),
            labelLimit=170,
            ticks=False,
            domain=False,
            grid=False,
        ),
    )
    tooltip = tooltip_of(
        t,
        "task",
        "arm",
        "against",
        interval="difference",
        p="p",
        verdict="verdict",
        seen="seen",
        control="against_control",
    )
    colour = alt.Color("verdict:N", scale=alt.Scale(domain=words, range=[COLOURS[k] for k in kinds]), legend=legend())
    shape = alt.Shape("verdict:N", scale=alt.Scale(domain=words, range=[SHAPES[k] for k in kinds]), legend=legend())
    base = alt.Chart(rows_of(rows)).encode(y=y, tooltip=tooltip)
    margin = 100 * study.verdict.rules.margin
    layers = [
        alt.Chart(rows_of([{"low": -margin, "high": margin}])).mark_rect(color=BAND).encode(x="low:Q", x2="high:Q"),
        alt.Chart(rows_of([{"zero": 0}])).mark_rule(color="#9b988c").encode(x="zero:Q"),
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", title=t.plain("plot.difference"), axis=alt.Axis(tickCount=7)), x2="high:Q", color=colour
        ),
        base.mark_point(filled=True, size=90, opacity=1).encode(x="delta:Q", color=colour, shape=shape),
    ]
    told = " ".join(
        t.plain("plot.alt_forest_row", **{key: row[key] for key in ("task", "arm", "interval", "verdict")})
        for row in rows
    )
    description = t.plain("plot.alt_forest", n=len(rows), rows=told)
    return plot("forest", alt.layer(*layers).properties(height=24 * len(order)), description)


def _control(difference: Any, t: Wording) -> str:
    if difference is None:
        return "–"
    return f"{t.points(difference.delta)} {t.interval(difference.low, difference.high)}"


def alignment(points: Sequence[dict[str, Any]], t: Wording) -> Plot | None:
    """Gain against alignment.

    Args:
        points: rows with task, class, alignment (0 to 1), gain (points), and texts asked, recall, training, interval.
    """
    if not points:
        return None
    tasks = list(dict.fromkeys(row["task"] for row in points))
    tooltip = tooltip_of(
        t,
        "class",
        "task",
        "arm",
        interval="class_difference",
        seen="alignment",
        asked="asked",
        recall="recall",
        training="training",
    )
    colour = alt.Color("task:N", scale=alt.Scale(domain=tasks, range=list(TASKS[: len(tasks)])), legend=legend())
    shape = alt.Shape("task:N", scale=alt.Scale(domain=tasks), legend=legend())
    layers = [
        alt.Chart(rows_of([{"zero": 0}])).mark_rule(color="#9b988c").encode(y="zero:Q"),
        alt.Chart(rows_of(points))
        .mark_point(filled=True, size=70, opacity=0.85)
        .encode(
            x=alt.X(
                "alignment:Q",
                title=t.plain("plot.alignment"),
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=6),
            ),
            y=alt.Y("gain:Q", title=t.plain("plot.class_difference")),
            color=colour,
            shape=shape,
            tooltip=tooltip,
        ),
    ]
    description = t.plain("plot.alt_alignment", n=len(points))
    return plot("alignment", alt.layer(*layers).properties(height=320), description)


def classes(number: int, rows: Sequence[dict[str, Any]], task: str, arm: str, t: Wording) -> Plot | None:
    """What each class of a task gained, with its interval; buttons choose the arm.

    Args:
        rows: of `classwise.class_rows`, one for each class and arm.
        arm: the one that is shown first, as the rows name it.
    """
    if not rows:
        return None
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    order = list(dict.fromkeys(row["class"] for row in rows))
    signs = [COLOURS["harms"] if row["gain"] < 0 else COLOURS["helps"] for row in rows]
    values = [
        {**row, "colour": sign, "fill": sign if row["stands"] else "white"}
        for row, sign in zip(rows, signs, strict=True)
    ]
    chosen = alt.param(
        name="arm",
        value=arm,
        bind=alt.binding_radio(options=arms, name=f"{t.plain('plot.arm')} ") if len(arms) > 1 else alt.Undefined,
    )
    y = alt.Y("class:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=170))
    ends = [row[end] for row in rows for end in ("low", "gain", "high") if row[end] is not None]
    limits = [min([0.0, *ends]), max([0.0, *ends])]
    scale = alt.Scale(domain=limits, nice=True)
    x: dict[str, Any] = {"title": t.plain("plot.class_difference"), "scale": scale, "axis": alt.Axis(tickCount=7)}
    tooltip = tooltip_of(
        t, "class", "arm", interval="interval", f1_real="f1_real", f1_arm="f1_arm", tests="tests", training="training"
    )
    base = alt.Chart(rows_of(values)).transform_filter("datum.arm === arm").encode(y=y, tooltip=tooltip)
    layers = [
        alt.Chart(rows_of([{"zero": 0}])).mark_rule(color="#9b988c").encode(x=alt.X("zero:Q", **x)),
        base.mark_rule(strokeWidth=1.6).encode(
            x=alt.X("low:Q", **x), x2="high:Q", color=alt.Color("colour:N", scale=None)
        ),
        base.mark_point(size=60, opacity=1, strokeWidth=1.8).encode(
            x=alt.X("gain:Q", **x), color=alt.Color("colour:N", scale=None), fill=alt.Fill("fill:N", scale=None)
        ),
    ]
    chart = alt.layer(*layers).add_params(chosen).properties(height=19 * len(order))
    return plot(f"classes-{number}", chart, t.plain("plot.alt_classes", task=task, n=len(order), arm=arm))


def trials(searches: Sequence[Search], t: Wording) -> Plot | None:
    """Every trial of the searches in its order, and the best so far as a line."""
    rows: list[dict[str, Any]] = []
    for search in searches:
        study = t.plain("plot.with" if search.synthetic else "plot.without")
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
                    "study": study,
                    "fold": str(search.fold),
                    "setting": ", ".join(f"{name} {value:.3g}" for name, value in trial.values.items()),
                }
            )
    if not rows:
        return None
    found = list(dict.fromkeys(row["study"] for row in rows))
    colours = {t.plain("plot.with"): TASKS[0], t.plain("plot.without"): COLOURS["undecided"]}
    colour = alt.Color(
        "study:N", scale=alt.Scale(domain=found, range=[colours[name] for name in found]), legend=legend()
    )
    x = alt.X("trial:Q", title=t.plain("plot.trial"), axis=alt.Axis(tickMinStep=1, format="d", grid=False))
    values = [row["objective"] for row in rows]
    low, high = min(values), max(values)
    scale = alt.Scale(domain=[low - 0.05 * (high - low) - 0.1, high + 0.05 * (high - low) + 0.1], nice=True, zero=False)
    base = alt.Chart(rows_of(rows)).encode(x=x, color=colour)
    layers = [
        base.mark_line(interpolate="step-after", strokeWidth=1.5).encode(
            y=alt.Y("best:Q", title=t.plain("plot.objective"), scale=scale), detail="fold:N"
        ),
        base.mark_point(filled=True, size=45, opacity=0.8).encode(
            y="objective:Q",
            tooltip=[
                *tooltip_of(t, "study", "fold", "trial"),
                alt.Tooltip("objective:Q", title=t.plain("plot.objective"), format=".1f"),
                *tooltip_of(t, "setting"),
            ],
        ),
    ]

    def top(study: str) -> str:
        found = [row["objective"] for row in rows if row["study"] == study]
        return f"{max(found):.1f}" if found else "–"

    description = t.plain(
        "plot.alt_trials", with_best=top(t.plain("plot.with")), without_best=top(t.plain("plot.without"))
    )
    return plot("trials", alt.layer(*layers).properties(height=240), description)


def across_studies(over: str, points: Sequence[dict[str, Any]], t: Wording) -> Plot | None:
    """The classes of several studies: difference in F1 over `training` objects or `alignment`, a colour for each study.

    Args:
        points: rows with study, task, class, x, gain (points), and texts interval, seen, training.
    """
    if not points:
        return None
    what = t.plain("guidelines.objects" if over == "training" else "plot.alignment")
    if over == "training":
        x = alt.X("x:Q", title=what, scale=alt.Scale(type="log"), axis=alt.Axis(grid=False, values=TICKS))
    else:
        x = alt.X("x:Q", title=what, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=6))
    studies = list(dict.fromkeys(row["study"] for row in points))
    colour = alt.Color(
        "study:N",
        scale=alt.Scale(domain=studies, range=[TASKS[n % len(TASKS)] for n in range(len(studies))]),
        legend=legend(),
    )
    layers = [
        alt.Chart(rows_of([{"zero": 0}])).mark_rule(color="#9b988c").encode(y="zero:Q"),
        alt.Chart(rows_of(points))
        .mark_point(filled=True, size=60, opacity=0.8)
        .encode(
            x=x,
            y=alt.Y("gain:Q", title=t.plain("plot.class_difference")),
            color=colour,
            tooltip=tooltip_of(t, "study", "task", "class", "training", interval="class_difference", seen="alignment"),
        ),
    ]
    alternative = t.plain("guidelines.alt", n=len(points), what=what)
    return plot(f"over-{over}", alt.layer(*layers).properties(height=300), alternative)
