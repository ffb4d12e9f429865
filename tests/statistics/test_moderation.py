"""The moderation of run variance, worked out by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kilnmix.statistics import moderation
from kilnmix.statistics.moderation import Prior
from kilnmix.statistics.variance import Components


def components(objects: float, interaction: float, replicates: float, classwise: float) -> Components:
    def column(value: float) -> np.ndarray:
        return np.array([value])

    return Components(
        objects=column(objects),
        interaction=column(interaction),
        replicates=column(replicates),
        classwise=column(classwise),
        df_objects=column(50.0),
        df_classwise=column(8.0),
        df_replicates=2.0,
        residuals=np.zeros((1, 1)),
        sums=np.zeros((1, 3)),
    )


def test_moderation_by_hand() -> None:
    c = components(4.0, 3.0, 6.0, 2.0)
    prior = Prior(0.2, np.array([4.0]), np.array([8.0]), arms=4, tasks=1.0)
    # Class by class (8 * 2 + 8 * 4) / 16 = 3 with 16 df. C_eff = 8 / 2, so r = 1 + 3 * 0.2 and 4.8 is expected, with
    # the ratio known from two other arms, 4 df, up to 4.8 * (1 + sqrt(2 / 4)) = 8.194; the runs' own part of it is x.
    x = 1 - 3 / (4.8 * (1 + 0.5**0.5))
    trust = 1 / (x**2 * (1 / 16 + 1 / 4) + 1 / 16)
    runs = (trust * 4.8 + 2 * 6) / (trust + 2)
    found = moderation.two_way(c, prior, prior_df=16.0)
    assert found.value[0] == pytest.approx(1.0 + runs)
    assert found.df[0] == pytest.approx((1 + runs) ** 2 / ((16 + 9 / 2) / 50 + runs**2 / (trust + 2)))
    plain = moderation.two_way(c, prior, prior_df=0.0)
    assert plain.value[0] == pytest.approx(1.0 + 6.0)


def test_a_comparison_that_stands_alone_borrows_nothing() -> None:
    c = components(4.0, 3.0, 6.0, 2.0)
    found = moderation.two_way(c, moderation.alone(c))
    assert found.value[0] == pytest.approx(7.0)
    assert found.df[0] == pytest.approx(49 / ((16 + 9 / 2) / 50 + 36 / 2))


def test_the_variance_is_never_below_what_the_objects_give_and_never_negative() -> None:
    c = components(4.0, 9.0, 0.0, 0.0)
    assert moderation.two_way(c, moderation.alone(c)).value[0] == 4.0
    nothing = components(0.0, 0.0, 0.0, 0.0)
    found = moderation.two_way(nothing, moderation.alone(nothing))
    assert found.value[0] == 0.0 and found.df[0] == 1.0


def test_degrees_of_freedom_do_not_fall_below_those_of_the_parts() -> None:
    # Objects and interaction cancel: 5 - 4.9 + 5 = 5.1, so Satterthwaite says 5.1^2 / ((25 + 4.9^2 / 6) / 6 + 25 / 6).
    c = components(5.0, 4.9, 5.0, 5.0)
    c = dataclasses.replace(c, df_objects=np.array([6.0]), df_replicates=6.0)
    found = moderation.two_way(c, moderation.alone(c))
    assert found.value[0] == pytest.approx(5.1)
    assert 5.1**2 / ((25 + 4.9**2 / 6) / 6 + 25 / 6) < 6 == pytest.approx(found.df[0])


def test_correlation_over_classes_is_pooled_and_drawn_to_a_half() -> None:
    # Ratios 3 and 1 to four effective classes each: (2 + 0) / (3 + 3) = 1/3 pooled.
    told = [components(1, 1, 6.0, 2.0), components(1, 1, 2.0, 2.0)]
    assert moderation.class_correlation(told, 2, 1.0) == pytest.approx((1 * 1 / 3 + 1.5 * 0.5) / 2.5)
    assert moderation.class_correlation(told, 6, 1.0) == pytest.approx((15 * 1 / 3 + 1.5 * 0.5) / 16.5)
    assert moderation.class_correlation([components(1, 1, 1.0, 2.0)], 6, 1.0) == pytest.approx(
        0.75 / 16.5
    )  # never below none
    assert moderation.class_correlation([components(0, 0, 0.0, 0.0)], 2, 1.0) == pytest.approx(0.3)


def test_borrowing_needs_a_third_arm() -> None:
    c = components(1.0, 0.0, 1.0, 2.0)
    two = moderation.kin_prior(c, 0.2, np.array([0]), np.array([2]), 2, 1.0, 16.0)
    assert two.df[0] == 0.0
    among = moderation.kin_prior(c, 0.2, np.array([0]), np.array([4]), 4, 1.0, 16.0)
    assert among.df[0] == pytest.approx(8.0)  # 1 / (1/16 + 1/(8 * 2))
    same = components(1.0, 0.0, 0.0, 0.0)
    assert moderation.kin_prior(same, 0.2, np.array([0]), np.array([4]), 4, 1.0, 16.0).df[0] == 0.0


def test_what_several_tasks_tell_of_the_correlation_counts() -> None:
    # Three tasks' worth, and four degrees of freedom for the two that PRIOR_PAIRS counts in: 1 * 3 * 2 pairs.
    told = [dataclasses.replace(components(1, 1, 6.0, 2.0), df_replicates=4.0, df_classwise=np.array([16.0]))]
    assert moderation.class_correlation(told, 2, 3.0) == pytest.approx((6 * 2 / 3 + 1.5 * 0.5) / 7.5)
    c, prior = components(0.0, 0.0, 1.0, 1.0), Prior(0.0, np.array([1.0]), np.array([0.0]), arms=4, tasks=3.0)
    # No noise of objects, so x = 1. The other contrasts tell (3 * 3 - 1) * 2 degrees of freedom of the ratio.
    assert moderation.two_way(c, prior).df[0] == pytest.approx(1 / (1 / 16 + 1 / 16 + 1 / 8) + 2)


def test_tasks_with_the_same_lucky_runs_count_as_one() -> None:
    up, down, aside = np.array([1.0, -1.0, 0.0]), np.array([-2.0, 2.0, 0.0]), np.array([1.0, 1.0, -2.0])
    assert moderation.independent_tasks([{"mix": up}, {"mix": down}]) == pytest.approx(1.0)
    assert moderation.independent_tasks([{"mix": up}, {"mix": aside}]) == pytest.approx(2.0)
    # Two alike and one apart: 9 / (1 + 1 + 1 + 2 * 1).
    assert moderation.independent_tasks([{"mix": up}, {"mix": down}, {"mix": aside}]) == pytest.approx(9 / 5)
    # What cannot be held against each other is taken to be the same.
    assert moderation.independent_tasks([{"mix": up}, {"other": aside}]) == 1.0
    assert moderation.independent_tasks([{"mix": up}, {"mix": np.array([1.0, -1.0])}]) == 1.0
    assert moderation.independent_tasks([]) == 1.0
