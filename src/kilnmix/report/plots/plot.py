"""A plot: a Vega-Lite specification with a still picture, for pages without scripts and for paper."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt

from kilnmix.common.pages.wording import Wording

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
INK, GRID, BAND, ZERO = "#33332f", "#e8e6e0", "#efede6", "#9b988c"
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

    # Room for a browser whose fonts run wider than the ones that are measured here.
    padding = {"left": 28, "right": 12, "top": 5, "bottom": 5}
    sized = {**spec, "width": width - 190, "padding": padding}
    svg = vl_convert.vegalite_to_svg(sized, vl_version="6.4", show_warnings=False)
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


def rows_of(values: Sequence[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=list(values))


def legend() -> alt.Legend:
    # One below the other: two side by side do not fit a phone.
    return alt.Legend(orient="top", title=None, labelLimit=220, columns=1)


def tooltip_of(t: Wording, *same: str, **named: str) -> list[alt.Tooltip]:
    fields = {**{name: name for name in same}, **named}
    return [alt.Tooltip(f"{name}:N", title=t.plain(f"plot.{key}")) for name, key in fields.items()]
