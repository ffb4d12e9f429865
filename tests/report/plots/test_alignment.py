"""The plot of alignment, read from its specification."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.alignment import alignment
from tests.report.plots.drawn import rows


def test_alignment_has_a_point_for_every_class_of_the_focus(context: ReportContext) -> None:
    drawn = rows(alignment(context), 1)
    assert len(drawn) == 29
    assert {row["arm"] for row in drawn} == {"10\u00a0% synthetic"}
    assert alignment(ReportContext.of(replace(context.inputs, alignment=()), "en")) is None
