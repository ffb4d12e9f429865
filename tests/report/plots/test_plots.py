"""The plots of the page: what they draw, read from their specifications."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.across_studies import across_studies
from kilnmix.report.plots.alignment import alignment
from kilnmix.report.plots.classes import classes
from kilnmix.report.plots.forest import forest
from kilnmix.report.plots.learning_curve import learning_curve
from kilnmix.report.plots.plot import Plot, library
from kilnmix.report.plots.spread import spread
from kilnmix.report.plots.trials import trials


def rows(plot: Plot | None, layer: int) -> list[dict[str, Any]]:
    """The rows behind a layer of a plot; those of a layered chart lie in its datasets or in the layer."""
    assert plot is not None
    spec = json.loads(plot.spec)
    part = spec["layer"][layer]
    data = part.get("data", spec.get("data"))
    return list(data["values"] if "values" in data else spec["datasets"][data["name"]])


def test_the_forest_has_a_line_for_every_primary_comparison(context: ReportContext) -> None:
    drawn = rows(forest(context), 2)
    assert len(drawn) == 3 * 4
    found = context.inputs.verdict.tasks[1].arms["mix-90-10"].vs_real
    assert found is not None
    row = next(row for row in drawn if row["row"] == "1 mix-90-10")
    assert (row["task"], row["kind"]) == ("Glaze", "harms")
    assert [row["low"], row["delta"], row["high"]] == pytest.approx(
        [100 * v for v in (found.low, found.delta, found.high)]
    )


def test_classes_are_drawn_from_the_rarest_with_discoveries_filled(context: ReportContext) -> None:
    drawn = rows(classes("glaze", "mix-90-10", context), 1)
    assert len(drawn) == 3 * 8
    assert drawn[0]["class"] == "polychrome 五彩"
    assert all((row["fill"] != "white") == row["discovery"] for row in drawn)


def test_alignment_has_a_point_for_every_class_of_the_focus(context: ReportContext) -> None:
    drawn = rows(alignment(context), 1)
    assert len(drawn) == 29
    assert {row["arm"] for row in drawn} == {"10\u00a0% synthetic"}
    assert alignment(ReportContext.of(replace(context.inputs, alignment=()), "en")) is None


def test_the_spread_has_a_row_of_points_for_each_setting(context: ReportContext) -> None:
    shown = spread(context)
    assert shown is not None
    spec = json.loads(shown.spec)
    drawn = spec.get("data", {}).get("values") or next(iter(spec["datasets"].values()))
    assert len(drawn) == 12 * 7, "twelve trials, four shares and three weights"
    share = [row for row in drawn if row["setting"] == "share of synthetic images, type"]
    assert sorted(row["place"] for row in share)[:: len(share) - 1] == [0.0, 1.0]
    assert spread(ReportContext.of(replace(context.inputs, searches=()), "en")) is None


def test_the_best_trial_so_far_never_falls(context: ReportContext) -> None:
    drawn = [row for row in rows(trials(context), 0) if row["study"] == "with synthetic images"]
    best = [row["best"] for row in sorted(drawn, key=lambda row: row["trial"])]
    assert best == sorted(best)
    assert best[-1] == max(row["objective"] for row in drawn)
    assert trials(ReportContext.of(replace(context.inputs, searches=()), "en")) is None


def test_learning_curves_have_their_points(context: ReportContext) -> None:
    drawn = rows(learning_curve(context), 0)
    assert len(drawn) == 4 * 2 * 4
    assert learning_curve(ReportContext.of(replace(context.inputs, curve=()), "en")) is None


def test_classes_of_several_studies_need_points(context: ReportContext) -> None:
    assert across_studies("training", [], context.t) is None


def test_the_library_ends_no_script_of_the_page() -> None:
    assert "</script" not in library()
