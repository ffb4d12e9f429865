"""The plot of classes, read from its specification."""

from __future__ import annotations

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.classes import classes
from tests.report.plots.drawn import rows


def test_classes_are_drawn_from_the_rarest_with_discoveries_filled(context: ReportContext) -> None:
    drawn = rows(classes("glaze", "mix-90-10", context), 1)
    assert len(drawn) == 3 * 8
    assert drawn[0]["class"] == "polychrome 五彩"
    assert all((row["fill"] != "white") == row["discovery"] for row in drawn)
