"""Parallel coordinates, read from their specification."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search
from kilnmix.report.plots.parallel import parallel
from tests.report.plots.drawn import rows
from tests.report.plots.test_tried import TRIALS


def test_a_line_runs_from_the_score_through_every_setting(study: ReportInputs) -> None:
    shown = parallel(ReportContext.of(replace(study, searches=(Search(0, True, TRIALS),)), "en"))
    drawn = rows(shown, 0)
    assert [(row["key"], row["order"], row["place"]) for row in drawn] == [
        *[("0/0", order, 0.0) for order in range(3)],
        *[("0/1", order, 1.0) for order in range(3)],
    ], "the best trial is drawn last"
    assert [row["setting"] for row in drawn[:2]] == ["macro-F1 on validation", "share of synthetic images, kiln"]
    assert drawn[0]["value"] == "50.0"
    assert parallel(ReportContext.of(replace(study, searches=()), "en")) is None
