"""The points of a frontier in a table."""

from __future__ import annotations

from collections.abc import Sequence

from kilnmix.common.pages.wording import Wording
from kilnmix.curation.frontier import Point
from kilnmix.curation.intervals import Interval
from kilnmix.report.tables.table import Cell, Table, cells

SHOWN = ("fidelity", "memorised", "precision", "coverage", "kid")


def table(points: Sequence[Point], t: Wording) -> Table:
    """A row a point: how it was drawn and chosen, and its values with their intervals."""
    gained = any("gain" in point.values for point in points)
    columns = [*SHOWN, *(["gain"] if gained else [])]
    head = cells(*(t(f"frontier.{name}") for name in ("guidance", "scale", "strictness", "kept", *columns)))
    rows = []
    for point in points:
        place = (f"{point.guidance:g}", f"{point.scale:g}", t.percent(point.strictness), f"{point.kept}/{point.drawn}")
        rows.append((*cells(*place), *(_cell(name, point.values.get(name), t) for name in columns)))
    return Table(head, tuple(rows), "numbers")


def _cell(name: str, value: Interval | None, t: Wording) -> Cell:
    if value is None:
        return Cell("–")
    if name == "gain":
        return Cell(t.points(value.value), t.interval(value.low, value.high))
    if name == "kid":
        return Cell(f"{value.value:.3f}", f"{value.low:.3f}–{value.high:.3f}")
    return Cell(t.percent(value.value), f"{t.percent(value.low)}–{t.percent(value.high)}")
