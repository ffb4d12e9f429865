"""The rank correlations of `bench.aligned`."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from bench import aligned


def classes(*rows: tuple[float, float, float]) -> dict[str, dict[str, float]]:
    """(alignment, training, gain) a class."""
    names = ("alignment", "training", "gain")
    return {f"class {place}": dict(zip(names, row, strict=True)) for place, row in enumerate(rows)}


FOUR = classes((0.1, 9, 0.0), (0.2, 7, 0.2), (0.3, 5, 0.1), (0.4, 3, 0.3))
"""Alignment ranks 1 2 3 4 against gain ranks 1 3 2 4: rho = 1 - 6 * 2 / (4 * 15) = 0.8; training is falling: -0.8."""


def test_a_tasks_correlation_is_spearmans_on_fishers_scale() -> None:
    assert aligned.correlation({"type": FOUR}, "alignment") == pytest.approx(math.atanh(0.8))
    assert aligned.correlation({"type": FOUR}, "training") == pytest.approx(-math.atanh(0.8))


def test_tasks_weigh_by_their_classes_and_a_task_of_three_does_not_count() -> None:
    # Five classes, ranks 1 2 3 4 5 against 2 1 3 4 5: rho = 1 - 6 * 2 / (5 * 24) = 0.9, weight 2 beside weight 1.
    five = classes((1, 1, 2), (2, 1, 1), (3, 1, 3), (4, 1, 4), (5, 1, 5))
    three = classes((1, 1, 3), (2, 1, 2), (3, 1, 1))
    found = aligned.correlation({"type": FOUR, "kiln": five, "glaze": three}, "alignment")
    assert found == pytest.approx((math.atanh(0.8) + 2 * math.atanh(0.9)) / 3)
    assert aligned.correlation({"glaze": three}, "alignment") is None


def test_the_number_of_photographs_is_taken_out_of_both_sides() -> None:
    assert aligned.partial((1, 2, 3), (1, 2, 3), (3, 2, 1)) == 0.0  # training tells all of either side
    x, y, given = (1, 2, 3, 4, 5), (2, 1, 4, 3, 5), (1, 3, 2, 5, 4)
    xy, xg, yg = 1 - 6 * 4 / 120, 1 - 6 * 4 / 120, 1 - 6 * 14 / 120
    by_hand = (xy - xg * yg) / math.sqrt((1 - xg**2) * (1 - yg**2))
    assert aligned.partial(x, y, given) == pytest.approx(by_hand)


def test_a_constant_side_correlates_with_nothing() -> None:
    assert aligned.spearman((1, 1, 1, 1), (1, 2, 3, 4)) == 0.0


def test_collections_give_a_t_interval() -> None:
    middle, low, high = aligned.across([0.1, 0.3, 0.5])
    half = stats.t.isf(0.025, 2) * 0.2 / math.sqrt(3)
    assert (middle, low, high) == pytest.approx((math.tanh(0.3), math.tanh(0.3 - half), math.tanh(0.3 + half)))


def test_the_table_counts_where_the_best_recognised_task_gains_most() -> None:
    weak = classes((0.1, 9, 0.0), (0.1, 7, 0.0), (0.1, 5, 0.1), (0.1, 3, -0.1))
    found = {"collections": {"3": {"type": FOUR, "kiln": weak}, "4": {"type": weak, "kiln": FOUR}}}
    rows = aligned.lines(found)
    assert rows[-1] == "the task that judges recognise best is the one that gains most in 2 of 2"
    assert [row.split("|")[1].strip() for row in rows[2:-1]] == ["all tasks", "type", "kiln"]
