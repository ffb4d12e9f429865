"""The plot of where good trials lie, read from its specification."""

from __future__ import annotations

import json
from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.spread import spread


def test_the_spread_has_a_row_of_points_for_each_setting(context: ReportContext) -> None:
    shown = spread(context)
    assert shown is not None
    spec = json.loads(shown.spec)
    drawn = spec.get("data", {}).get("values") or next(iter(spec["datasets"].values()))
    assert len(drawn) == 12 * 7, "twelve trials, four shares and three weights"
    share = [row for row in drawn if row["setting"] == "share of synthetic images, type"]
    assert sorted(row["place"] for row in share)[:: len(share) - 1] == [0.0, 1.0]
    assert spread(ReportContext.of(replace(context.inputs, searches=()), "en")) is None
