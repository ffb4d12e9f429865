"""What the synthetic images are worth, in sentences, from learning curves drawn by hand."""

from __future__ import annotations

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.equivalent_objects import EquivalentObjects, equivalent_objects
from kilnmix.report.inputs import CurvePoint, ReportInputs
from kilnmix.report.page import learning_curve
from kilnmix.statistics.verdicts import Rules, StudyVerdict
from tests.report.report_studies import settings

CONTEXT = ReportContext.of(
    ReportInputs(params=settings(), verdict=StudyVerdict("adapter", Rules(), 0.0, ()), outcomes=()), "en"
)
REAL = [("real", 100, 0.5), ("real", 400, 0.7)]

Value = tuple[str, int, float] | tuple[str, int, float, tuple[float, float]]


def worth(*values: Value) -> EquivalentObjects:
    points = [CurvePoint("type", arm, n, f1, gap=gap[0] if gap else None) for arm, n, f1, *gap in values]
    found = equivalent_objects(points, "type", "mix")
    assert found is not None
    return found


def sentence(*values: Value) -> str:
    return str(learning_curve.sentence(worth(*values), CONTEXT)).removeprefix("Type: with the arm mix, ")


def test_between_the_points_a_curve_is_straight_over_the_logarithm() -> None:
    found = worth(*REAL, ("mix", 100, 0.6), ("mix", 400, 0.8))
    # Half way between 100 and 400 on a logarithmic scale: 200.
    assert found.objects == pytest.approx(200)
    assert (found.whole, found.first, found.saved(found.objects)) == (400, 100, 200)
    text = sentence(*REAL, ("mix", 100, 0.6), ("mix", 400, 0.8))
    assert text == "200 real objects reach what 400 reach alone, so that the images stand for about 200 objects."


def test_never_and_at_once() -> None:
    assert worth(*REAL, ("mix", 100, 0.4), ("mix", 400, 0.6)).objects is None
    assert sentence(*REAL, ("mix", 100, 0.4)) == "no part of the collection reaches what all 400 objects reach alone."
    assert "so that the images stand for at least 300 objects." in sentence(*REAL, ("mix", 100, 0.9))
    assert equivalent_objects([CurvePoint("type", "real", 100, 0.5)], "type", "mix") is None


def test_the_range_is_where_the_difference_to_all_photographs_is_not_decided() -> None:
    # The upper ends cross zero at 100 * 4^(1/4) = 141, the lower ones at 100 * 4^(3/4) = 283.
    clear = (*REAL, ("mix", 100, 0.6, (-0.3, -0.1)), ("mix", 400, 0.8, (0.1, 0.3)))
    assert (worth(*clear).fewest, worth(*clear).most) == (
        pytest.approx(141.42, abs=0.01),
        pytest.approx(282.84, abs=0.01),
    )
    assert sentence(*clear).endswith("about 200 objects. By the points' intervals it is 117 to 259 objects.")
    open_end = (*REAL, ("mix", 100, 0.6, (-0.3, 0.1)), ("mix", 400, 0.8, (0.1, 0.3)))
    assert sentence(*open_end).endswith("By the points' intervals it is 117 objects or more.")


def test_what_the_intervals_leave_open_is_undecided() -> None:
    unclear = (*REAL, ("mix", 100, 0.6, (-0.3, -0.1)), ("mix", 400, 0.8, (-0.1, 0.3)))
    assert sentence(*unclear).endswith(
        "That is undecided: by the points' intervals it may be none, or as many as 259 objects."
    )
    at_once = (*REAL, ("mix", 100, 0.71, (-0.1, 0.1)), ("mix", 400, 0.75, (-0.05, 0.1)))
    assert sentence(*at_once).endswith("it may be none, or 300 objects and more.")
    never = (*REAL, ("mix", 100, 0.4, (-0.5, -0.1)), ("mix", 400, 0.6, (-0.3, -0.1)))
    assert sentence(*never).endswith("reach alone.")
