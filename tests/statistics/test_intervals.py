"""Simultaneous intervals against Holm-Sidak, the multivariate normal law, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from kilnmix.common import seeds
from kilnmix.statistics import intervals

MANY = 1e9
"""Degrees of freedom at which t is normal."""

SEED = seeds.derive(0, "max-t")


def draws(correlation: np.ndarray) -> np.ndarray:
    """Deviates with a given correlation: residuals whose inner products are that matrix."""
    return intervals.joint_draws(np.linalg.cholesky(correlation), np.ones(len(correlation)), SEED)


def adjusted(z: list[float], joint: np.ndarray) -> np.ndarray:
    return intervals.single_step(np.array(z), np.sort(np.abs(joint).max(1)))


def test_single_step_of_independent_differences_is_sidak() -> None:
    p = np.array([0.011, 0.2, 0.004, 0.03, 0.9])
    found = adjusted(stats.norm.isf(p / 2).tolist(), draws(np.eye(5)))
    assert found == pytest.approx(multipletests(p, method="sidak")[1], abs=0.006)


def test_one_difference_told_twice_pays_once() -> None:
    twice = np.full((2, 2), 1 - 1e-9) + 1e-9 * np.eye(2)
    assert adjusted([2.2, 2.2], draws(twice)) == pytest.approx(2 * stats.norm.sf(2.2), abs=0.002)


def test_far_tail_falls_back_on_bonferroni() -> None:
    assert adjusted([9.0, 1.0], draws(np.eye(2)))[0] == pytest.approx(2 * 2 * stats.norm.sf(9.0))


def test_critical_value_is_the_multivariate_normal_one() -> None:
    correlation = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    family = intervals.simultaneous(np.zeros(4), np.ones(4), np.full(4, MANY), draws(correlation))
    bound = family[0].critical
    law = stats.multivariate_normal(cov=correlation)
    assert law.cdf(np.full(4, bound), lower_limit=np.full(4, -bound)) == pytest.approx(0.95, abs=0.003)


def test_fewer_degrees_of_freedom_get_a_wider_interval_at_the_same_local_level() -> None:
    family = intervals.simultaneous(np.zeros(2), np.ones(2), np.array([5.0, 50.0]), draws(np.eye(2)))
    levels = [stats.t.sf(difference.critical, difference.df) for difference in family]
    assert levels[0] == pytest.approx(levels[1])
    assert family[0].critical > family[1].critical


def test_one_difference_has_the_plain_t_interval() -> None:
    (found,) = intervals.simultaneous(np.array([0.03]), np.array([1e-4]), np.array([7.0]), draws(np.eye(1)))
    half = stats.t.isf(0.025, 7) * 0.01
    assert found.pointwise(0.05) == pytest.approx((0.03 - half, 0.03 + half))
    assert (found.low, found.high) == pytest.approx(found.pointwise(0.05), abs=3e-4)
    assert found.raw_p == pytest.approx(2 * stats.t.sf(3.0, 7))
    assert found.significant_side == 1


def test_interval_and_adjusted_p_never_contradict_each_other() -> None:
    for value in np.linspace(2.2, 2.6, 41):
        family = intervals.simultaneous(np.array([9.0, -9.0, value]), np.ones(3), np.full(3, MANY), draws(np.eye(3)))
        assert (family[2].p <= 0.05) == (family[2].low > 0) == (family[2].significant_side == 1)
        assert family[1].significant_side == -1
        assert family[2].high - value == pytest.approx(value - family[2].low)  # no end is set to zero


def test_large_effects_do_not_narrow_the_intervals_of_small_ones() -> None:
    joint = draws(np.eye(3))
    alone = intervals.simultaneous(np.zeros(3), np.ones(3), np.full(3, MANY), joint)
    among = intervals.simultaneous(np.array([9.0, 9.0, 0.0]), np.ones(3), np.full(3, MANY), joint)
    assert among[2].critical == alone[2].critical
    errors = np.random.default_rng(1).standard_normal((4000, 3))
    inside = (np.abs(errors) <= alone[0].critical).all(1)
    assert inside.mean() == pytest.approx(0.95, abs=0.01)


def test_differences_without_variance_are_no_part_of_the_family() -> None:
    """Three comparisons, two of which cannot vary: interval and p of the third are those of one alone."""
    joint = intervals.joint_draws(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]), np.array([0.0, 0.0, 1.0]), SEED)
    delta, spread = np.array([0.0, 0.0, 2.17]), np.array([0.0, 0.0, 1.0])
    same, _, other = intervals.simultaneous(delta, spread, np.array([1.0, 1.0, MANY]), joint)
    assert (same.low, same.high, same.p, same.significant_side) == (0.0, 0.0, 1.0, 0)
    assert other.critical == pytest.approx(1.96, abs=0.03)
    assert other.low > 0 and other.p == pytest.approx(0.030, abs=0.003)


def test_what_is_no_hypothesis_widens_no_other_interval() -> None:
    joint, asked = draws(np.eye(3)), np.array([True, False, False])
    found = intervals.simultaneous(np.zeros(3), np.ones(3), np.full(3, MANY), joint, 0.05, asked)
    assert [d.critical for d in found] == pytest.approx([1.96] * 3, abs=0.03)
    assert found[1].p == 1.0


def test_detectable_effect_of_one_normal_difference() -> None:
    joint = draws(np.eye(1))
    (found,) = intervals.simultaneous(np.array([0.0]), np.array([4e-4]), np.array([MANY]), joint)
    expected = (stats.norm.isf(0.025) + stats.norm.isf(0.2)) * 0.02
    assert intervals.detectable((found,), joint, 0.8) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("df", [4.0, 10.0, 25.0])
def test_with_few_degrees_of_freedom_the_detectable_effect_has_its_power_by_the_noncentral_t(df: float) -> None:
    joint = draws(np.eye(1))
    (found,) = intervals.simultaneous(np.array([0.0]), np.array([1.0]), np.array([df]), joint)
    sigma = 1.0 / np.sqrt(stats.chi2.median(df) / df)
    effect = intervals.detectable((found,), joint, 0.8) / sigma
    assert stats.nct.sf(found.critical, df, effect) == pytest.approx(0.8, abs=0.015)


def test_an_effect_shrinks_the_variance_that_it_is_seen_against_near_one_and_widens_it_near_zero() -> None:
    for score, effect in ((0.9, 0.06), (0.2, 0.06), (0.35, 0.1), (0.5, 0.1)):
        seen = intervals.shrunk(effect, score)
        scores = np.array([score, score + seen])
        spread = np.sqrt(scores * (1 - scores))
        # Variance of the difference of two numbers, correlated by two thirds, with an effect and without.
        joint = np.array([[1, 2 / 3], [2 / 3, 1]])
        ratio = (np.outer(spread, spread) * joint * [[1, -1], [-1, 1]]).sum() / (2 * spread[0] ** 2 / 3)
        assert seen == pytest.approx(effect * np.sqrt(ratio), rel=1e-9)
        assert (seen < effect) == (score >= 0.5)
    # Where all is right with the effect, the reference's own variance is left: one and a half times the difference's.
    assert intervals.shrunk(0.5, 0.99) == pytest.approx(0.5 * np.sqrt(1.5), rel=1e-9)
    assert intervals.shrunk(0.1, 1.0) == intervals.shrunk(0.1, 0.0) == 0.1


def test_detectable_effect_of_two_parts_at_once() -> None:
    joint = draws(np.eye(2))
    pair = intervals.simultaneous(np.zeros(2), np.ones(2), np.full(2, MANY), joint)
    found = intervals.detectable(pair, joint, 0.8)
    # Both are seen with probability 0.8, so each with 0.8 ** 0.5.
    assert found == pytest.approx(pair[0].critical + stats.norm.ppf(0.8**0.5), abs=0.03)


def test_draws_are_the_same_at_every_call() -> None:
    assert (draws(np.eye(2)) == draws(np.eye(2))).all()
