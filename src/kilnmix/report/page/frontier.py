"""The frontier between authenticity and diversity: the report's section and a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from markupsafe import Markup

from kilnmix.common import files
from kilnmix.common.pages import templates
from kilnmix.common.pages.wording import Wording, editions
from kilnmix.curation.frontier import Point, comparable
from kilnmix.report.context import ReportContext
from kilnmix.report.plots.frontier import frontier
from kilnmix.report.plots.plot import library
from kilnmix.report.tables.frontier import table
from kilnmix.tracking.records import Record, tags

ROOM, STEM = "kilnmix.report", "frontier"
OVER = ("fidelity", "memorised", "gain")


def section(context: ReportContext) -> dict[str, Any] | None:
    """Plots and table of the points that compare with the last one measured, and how many are left out; None where
    `kilnmix frontier` has not run."""
    points, stale = context.inputs.frontier, context.inputs.frontier_stale
    shown = comparable(points)
    if not shown:
        return {"plots": [], "table": None, "others": 0, "stale": stale} if stale else None
    return {**content(shown, context.t), "stale": stale, "others": len(points) - len(shown)}


def content(points: Sequence[Point], t: Wording) -> dict[str, Any]:
    """Of points that compare, at least one."""
    return {
        "plots": [drawn for over in OVER if (drawn := frontier(points, over, t)) is not None],
        "table": table(points, t),
        "fold": points[0].fold,
        "adapter": points[0].adapter,
        "drawn": points[0].drawn,
        "others": 0,
        "stale": 0,
    }


def write(folder: Path, points: Sequence[Point]) -> None:
    """frontier.html and frontier.zh.html."""
    known = editions(ROOM, STEM)
    template = templates.environment(ROOM).get_template("frontier.html")
    for edition in known:
        shown = content(points, edition.t)
        others = [other for other in known if other is not edition]
        page = template.render(
            t=edition.t, others=others, shown=shown, library=Markup(library()), version=metadata.version("kilnmix")
        )
        files.write(folder / edition.file, page)


def records(points: Sequence[Point]) -> list[Record]:
    """For MLflow: one run a point."""
    return [
        Record(
            name=f"frontier {point.guidance:g} {point.scale:g} {point.strictness:g}",
            tags=tags(
                "frontier",
                point.fold,
                point.adapter,
                guidance=f"{point.guidance:g}",
                scale=f"{point.scale:g}",
                strictness=f"{point.strictness:g}",
                images=point.drawn,
            ),
            params={"guidance": point.guidance, "scale": point.scale, "strictness": point.strictness},
            metrics=point.metrics,
        )
        for point in points
    ]
