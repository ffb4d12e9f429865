"""How many real objects images stand for, on curves drawn by hand; their sentences are in page/test_learning_curve."""

from __future__ import annotations

import math

import pytest

from kilnmix.report.equivalent_objects import EquivalentObjects, equivalent_objects, reached
from kilnmix.report.inputs import CurvePoint


@pytest.mark.parametrize(
    ("curve", "objects"),
    [
        ([(10, -1.0), (1000, 1.0)], 100.0),  # half way on a logarithmic scale
        ([(10, -1.0), (1000, 3.0)], 10 * 100**0.25),
        ([(10, 0.0), (100, 1.0)], 10.0),
        ([(10, -2.0), (20, -1.0)], None),
        ([(10, -1.0), (100, 1.0), (1000, -1.0)], math.sqrt(1000)),  # where it first is
        ([], None),
    ],
)
def test_where_a_curve_is_first_at_zero(curve: list[tuple[int, float]], objects: float | None) -> None:
    found = reached(curve)
    assert found == (None if objects is None else pytest.approx(objects))


def test_points_come_in_any_order_and_those_without_a_score_are_none() -> None:
    points = [
        CurvePoint("type", "real", 400, 0.7),
        CurvePoint("type", "real", 100, 0.5),
        CurvePoint("type", "mix", 400, 0.8),
        CurvePoint("type", "mix", 50, math.nan),
        CurvePoint("type", "mix", 100, 0.6),
        CurvePoint("glaze", "mix", 10, 0.99),
    ]
    found = equivalent_objects(points, "type", "mix")
    assert found is not None
    assert (found.whole, found.first, found.objects) == (400, 100, pytest.approx(200))
    assert (found.fewest, found.most) == (None, None)
    assert equivalent_objects(points, "glaze", "mix") is None


def test_objects_that_need_not_be_there() -> None:
    found = EquivalentObjects("type", "mix", 400, 100, 150.4, None, None)
    assert [found.saved(objects) for objects in (found.objects, None, 500.0)] == [250, 0, 0]
