"""Share against weight, read from the specification."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search, Trial
from kilnmix.report.plots.contour import contours
from tests.report.plots.drawn import rows
from tests.report.plots.test_tried import TRIALS


def test_points_lie_on_their_smoothed_scores(study: ReportInputs) -> None:
    (shown,) = contours(ReportContext.of(replace(study, searches=(Search(0, True, TRIALS),)), "en"))
    assert shown.name == "contour-0"
    assert "Kiln" in shown.alt and "50\u00a0%" in shown.alt
    assert [(row["share"], row["weight"], row["objective"]) for row in rows(shown, 1)] == [
        (10.0, 1.0, 50.0),
        (50.0, 2.0, 70.0),
    ]
    cells = rows(shown, 0)
    assert 0 < len(cells) < 16 * 12, "far from both trials nothing is said"
    lowest, highest = cells[0], cells[-1]
    # The first cell spans a sixteenth of 10 to 50 % and a twelfth of 1 to 2, on a log scale.
    assert (lowest["share"], lowest["share_end"]) == (10.0, 12.5)
    assert (lowest["weight"], lowest["weight_end"]) == (1.0, round(2 ** (1 / 12), 4))
    assert (highest["share_end"], highest["weight_end"]) == (50.0, 2.0)
    assert 49.9 < lowest["objective"] < highest["objective"] < 70.1


def test_what_was_tried_at_one_value_has_no_plot(study: ReportInputs) -> None:
    fixed = tuple(Trial(n, {"share.kiln": 0.1 * n, "weight.kiln": 1.0}, 0.5) for n in range(3))
    first = tuple(Trial(n, {"share.dynasty": 0.1 * n}, 0.5) for n in range(3))
    for trials in (fixed, first):
        assert contours(ReportContext.of(replace(study, searches=(Search(0, True, trials),)), "en")) == []
