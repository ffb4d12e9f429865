"""The plot of trials, read from its specification."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.trials import trials
from tests.report.plots.drawn import rows


def test_the_best_trial_so_far_never_falls(context: ReportContext) -> None:
    drawn = [row for row in rows(trials(context), 0) if row["study"] == "with synthetic images"]
    best = [row["best"] for row in sorted(drawn, key=lambda row: row["trial"])]
    assert best == sorted(best)
    assert best[-1] == max(row["objective"] for row in drawn)
    assert trials(ReportContext.of(replace(context.inputs, searches=()), "en")) is None
