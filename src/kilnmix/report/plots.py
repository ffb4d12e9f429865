"""The page's plots: Vega-Lite specifications, each with a still picture for pages without scripts and for paper.

Rows are plain dictionaries here because they are what Vega-Lite reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import numpy as np

from kilnmix.report import sentences
from kilnmix.report.inputs import CurvePoint, Search, Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import Names

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', "
    "sans-serif"
)
COLOURS = {
    "helps": "#2c7a62",
    "harms": "#b23a2e",
    "equivalent": "#3d5a98",
    "undecided": "#8c7b57",
    "untestable": "#a0a0a0",
}
SHAPES = {"helps": "triangle-up", "harms": "triangle-down", "equivalent": "square", "undecided": "circle"}
TASKS = ("#3d5a98", "#2c7a62", "#b23a2e", "#b07f1e", "#7b4f96", "#4a8fae", "#8a5a44", "#5f6b3a")
INK, GRID, BAND = "#33332f", "#e8e6e0", "#efede6"
WIDTH = 720
"""Of the still pictures, in pixels; in a browser the plots are as wide as their place."""


@dataclass(frozen=True)
class Plot:
    """A plot: its name in the page, its specification as JSON, a still SVG, and what it shows in words."""

    name: str
    spec: str
    still: str
    alt: str


def plot(name: str, chart: Any, description: str) -> Plot:
    """A finished plot. Width is the container's in a browser and `WIDTH` in the still picture."""
    spec = _styled(chart).to_dict()
    spec.pop("$schema", None)
    text = json.dumps(
        {**spec, "width": "container", "autosize": {"type": "fit-x", "contains": "padding"}},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return Plot(name, text, still(spec), description)


def still(spec: dict[str, Any], width: int = WIDTH) -> str:
    """The specification as SVG with a view box, so that it can be scaled; its ids are its own."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg({**spec, "width": width - 190}, vl_version="6.4", show_warnings=False)
    return re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg, count=1)


@cache
def library() -> str:
    """Vega, Vega-Lite and vega-embed as one script without an outside reference."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")).replace("</script", "<\\/script")


def _styled(chart: Any) -> Any:
    axis: dict[str, Any] = {
        "labelColor": INK,
        "titleColor": INK,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    return chart.configure(
        font=FONT,
        background="transparent",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(**axis, gridColor=GRID, domainColor="#c9c6bc", tickColor="#c9c6bc"),
        legend=alt.LegendConfig(labelColor=INK, titleColor=INK, labelFontSize=12, titleFontWeight="normal"),
        title=alt.TitleConfig(color=INK, anchor="start", fontWeight="normal", fontSize=13),
    )


def _rows(values: Sequence[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=list(values))


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
    tooltip = _tooltip(
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
    colour = alt.Color("verdict:N", scale=alt.Scale(domain=words, range=[COLOURS[k] for k in kinds]), legend=_legend())
    shape = alt.Shape("verdict:N", scale=alt.Scale(domain=words, range=[SHAPES[k] for k in kinds]), legend=_legend())
    base = alt.Chart(_rows(rows)).encode(y=y, tooltip=tooltip)
    margin = 100 * study.verdict.rules.margin
    layers = [
        alt.Chart(_rows([{"low": -margin, "high": margin}])).mark_rect(color=BAND).encode(x="low:Q", x2="high:Q"),
        alt.Chart(_rows([{"zero": 0}])).mark_rule(color="#9b988c").encode(x="zero:Q"),
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", title=t.plain("plot.difference"), axis=alt.Axis(tickCount=7)), x2="high:Q", color=colour
        ),
        base.mark_point(filled=True, size=90, opacity=1).encode(x="delta:Q", color=colour, shape=shape),
    ]
    told = " ".join(
        t.plain(
            "plot.alt_forest_row", task=r["task"], arm=r["arm"], delta="", interval=r["interval"], verdict=r["verdict"]
        )
        for r in rows
    )
    description = t.plain("plot.alt_forest", n=len(rows), rows=told)
    return plot("forest", alt.layer(*layers).properties(height=alt.Step(24)), description)


def _control(difference: Any, t: Wording) -> str:
    if difference is None:
        return "–"
    return f"{t.points(difference.delta)} {t.interval(difference.low, difference.high)}"


def _legend() -> alt.Legend:
    return alt.Legend(orient="top", title=None, direction="horizontal", labelLimit=220, columns=2)


def _tooltip(t: Wording, *same: str, **named: str) -> list[alt.Tooltip]:
    fields = {**{name: name for name in same}, **named}
    return [alt.Tooltip(f"{name}:N", title=t.plain(f"plot.{key}")) for name, key in fields.items()]


def alignment(points: Sequence[dict[str, Any]], names: Names, t: Wording) -> Plot | None:
    """Gain against alignment.

    Args:
        points: rows with task, class, alignment (0 to 1), gain (points), and texts asked, recall, training, interval.
    """
    if not points:
        return None
    tasks = list(dict.fromkeys(row["task"] for row in points))
    tooltip = _tooltip(
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
    colour = alt.Color("task:N", scale=alt.Scale(domain=tasks, range=list(TASKS[: len(tasks)])), legend=_legend())
    shape = alt.Shape("task:N", scale=alt.Scale(domain=tasks), legend=_legend())
    layers = [
        alt.Chart(_rows([{"zero": 0}])).mark_rule(color="#9b988c").encode(y="zero:Q"),
        alt.Chart(_rows(points))
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


def classes(number: int, task: str, arm: str, rows: Sequence[dict[str, Any]], names: Names, t: Wording) -> Plot | None:
    """What each class of a task gained: a dot, with its interval where there is one.

    Args:
        rows: class, gain, low, high (points; low and high may be None), stands (bool), and texts for the tooltip.
    """
    if not rows:
        return None
    signs = [COLOURS["harms"] if row["gain"] < 0 else COLOURS["helps"] for row in rows]
    rows = [{**row, "fill": sign if row["stands"] else "white"} for row, sign in zip(rows, signs, strict=True)]
    order = [row["class"] for row in rows]
    y = alt.Y("class:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=170))
    tooltip = _tooltip(
        t, "class", interval="interval", f1_real="f1_real", f1_arm="f1_arm", tests="tests", training="training"
    )
    colour = alt.condition("datum.gain < 0", alt.value(COLOURS["harms"]), alt.value(COLOURS["helps"]))
    base = alt.Chart(_rows(rows)).encode(y=y, tooltip=tooltip)
    layers = [
        alt.Chart(_rows([{"zero": 0}])).mark_rule(color="#9b988c").encode(x="zero:Q"),
        base.mark_point(size=60, opacity=1, strokeWidth=1.8).encode(
            x=alt.X("gain:Q", title=t.plain("plot.class_difference")),
            color=colour,
            fill=alt.Fill("fill:N", scale=None),
        ),
    ]
    if any(row["low"] is not None for row in rows):
        layers.insert(1, base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q", color=colour))
    description = t.plain("plot.alt_classes", task=names.title(task), n=len(rows), arm=names.arm(arm))
    return plot(f"classes-{number}", alt.layer(*layers).properties(height=alt.Step(19)), description)


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
        "study:N", scale=alt.Scale(domain=found, range=[colours[name] for name in found]), legend=_legend()
    )
    x = alt.X("trial:Q", title=t.plain("plot.trial"), axis=alt.Axis(tickMinStep=1, format="d", grid=False))
    values = [row["objective"] for row in rows]
    low, high = min(values), max(values)
    scale = alt.Scale(domain=[low - 0.05 * (high - low) - 0.1, high + 0.05 * (high - low) + 0.1], nice=True, zero=False)
    base = alt.Chart(_rows(rows)).encode(x=x, color=colour)
    layers = [
        base.mark_line(interpolate="step-after", strokeWidth=1.5).encode(
            y=alt.Y("best:Q", title=t.plain("plot.objective"), scale=scale), detail="fold:N"
        ),
        base.mark_point(filled=True, size=45, opacity=0.8).encode(
            y="objective:Q",
            tooltip=[
                *_tooltip(t, "study", "fold", "trial"),
                alt.Tooltip("objective:Q", title=t.plain("plot.objective"), format=".1f"),
                *_tooltip(t, "setting"),
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


def curve(points: Sequence[CurvePoint], names: Names, t: Wording) -> Plot | None:
    """Macro-F1 against real training objects: a colour for each task, a dash for each arm."""
    if not points:
        return None
    rows: list[dict[str, Any]] = [
        {
            "task": names.title(point.task),
            "arm": names.arm(point.arm),
            "objects": point.objects,
            "f1": 100 * point.f1,
            "low": None if point.low is None else 100 * point.low,
            "high": None if point.high is None else 100 * point.high,
        }
        for point in points
    ]
    tasks, arms = (list(dict.fromkeys(row[name] for row in rows)) for name in ("task", "arm"))
    colour = alt.Color("task:N", scale=alt.Scale(domain=tasks, range=list(TASKS[: len(tasks)])), legend=_legend())
    dash = alt.StrokeDash("arm:N", sort=arms, legend=_legend())
    base = alt.Chart(_rows(rows)).encode(
        x=alt.X("objects:Q", title=t.plain("plot.objects"), scale=alt.Scale(zero=True), axis=alt.Axis(grid=False)),
        color=colour,
    )
    layers = [
        base.mark_line(strokeWidth=1.8).encode(
            y=alt.Y("f1:Q", title=t.plain("plot.f1"), scale=alt.Scale(zero=False)), strokeDash=dash
        ),
        base.mark_point(filled=True, size=45, opacity=1).encode(
            y="f1:Q",
            tooltip=[
                *_tooltip(t, "task", "arm", "objects"),
                alt.Tooltip("f1:Q", title=t.plain("plot.f1"), format=".1f"),
            ],
        ),
    ]
    if any(point.low is not None for point in points):
        layers.insert(1, base.mark_rule(strokeWidth=1.2).encode(y="low:Q", y2="high:Q", detail="arm:N"))
    return plot("curve", alt.layer(*layers).properties(height=300), t.plain("plot.alt_curve"))
