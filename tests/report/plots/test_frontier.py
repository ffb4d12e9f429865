"""Plots and table of a frontier."""

from __future__ import annotations

import json

from kilnmix.curation.frontier import Point
from kilnmix.curation.intervals import Interval
from kilnmix.curation.support import NAMES
from kilnmix.report.languages.wording import wording
from kilnmix.report.plots.frontier import frontier
from kilnmix.report.tables.frontier import table

KNOWN = {name: Interval(0.5, 0.25, 0.75) for name in ("fidelity", "memorised", *NAMES)}
POINTS = [
    Point(0, 0, 1.0, 0.5, 0.0, 96, 90, KNOWN),
    Point(0, 0, 4.0, 1.0, 0.5, 96, 45, {**KNOWN, "gain": Interval(0.02, -0.01, 0.05)}),
    Point(0, 0, 4.0, 1.0, 0.9, 96, 4, {"memorised": Interval(0.0, 0.0, 0.04)}),
]


def test_points_are_drawn_where_both_values_are_known() -> None:
    t = wording("en")
    drawn = frontier(POINTS, "fidelity", t)
    assert drawn is not None and "for 2 points" in drawn.alt
    rows = [row for rows in _data(json.loads(drawn.spec)) for row in rows if "guidance" in row]
    assert [(row["guidance"], row["coverage"], row["value"], row["kept"]) for row in rows[:2]] == [
        ("1", 0.5, 0.5, "90"), ("4", 0.5, 0.5, "45"),
    ]  # fmt: skip
    gain = frontier(POINTS, "gain", t)
    assert gain is not None and "for 1 points" in gain.alt
    assert frontier(POINTS[2:], "fidelity", t) is None


def _data(spec: dict[str, object]) -> list[list[dict[str, object]]]:
    found = [spec["data"]["values"]] if "values" in spec.get("data", {}) else []  # type: ignore[index, operator]
    for layer in spec.get("layer", []):  # type: ignore[attr-defined]
        found += _data(layer)
    return found


def test_a_row_a_point() -> None:
    found = table(POINTS, wording("en"))
    assert len(found.rows) == 3
    first = [(str(cell.text), str(cell.second)) for cell in found.rows[1]]
    assert first[:4] == [("4", ""), ("1", ""), ("50\u00a0%", ""), ("45/96", "")]
    assert first[4] == ("50\u00a0%", "25\u00a0%–75\u00a0%") and first[-1] == ("+2.0", "[\u22121.0,\u00a0+5.0]")
    assert [str(cell.text) for cell in found.rows[2]][4:] == ["–", "0\u00a0%", "–", "–", "–", "–"]
