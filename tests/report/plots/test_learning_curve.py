"""The plot of learning_curve, read from its specification."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.learning_curve import learning_curve
from tests.report.plots.drawn import rows


def test_learning_curves_have_their_points(context: ReportContext) -> None:
    drawn = rows(learning_curve(context), 0)
    assert len(drawn) == 4 * 2 * 4
    assert learning_curve(ReportContext.of(replace(context.inputs, curve=()), "en")) is None
