"""Random effects over collections."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from kilnmix.statistics.pooling import random_effects, together

EFFECTS = [0.061, 0.012, 0.034, -0.008, 0.027]
VARIANCES = [0.0001, 0.00008, 0.00025, 0.00012, 0.0004]


def test_agrees_with_statsmodels() -> None:
    found = random_effects(EFFECTS, VARIANCES)
    assert found is not None
    # statsmodels iterates Paule and Mandel's equation; its row of Hartung and Knapp's errors is the same estimator.
    other = combine_effects(np.array(EFFECTS), np.array(VARIANCES), method_re="iterated", use_t=True, alpha=0.05)
    assert found.tau**2 == pytest.approx(other.tau2, rel=1e-4)
    assert found.mean == pytest.approx(other.mean_effect_re, rel=1e-5)
    assert found.se == pytest.approx(other.sd_eff_w_re_hksj, rel=1e-4)
    assert (found.q, found.i2) == pytest.approx((other.q, other.i2), rel=1e-6)
    assert found.weights == pytest.approx(other.weights_rel_re, rel=1e-4)
    low, high = other.conf_int()[3]
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-3)


def test_three_equally_sure_collections_worked_by_hand() -> None:
    # Variances v = 0.0001, estimates 0, 0.03, 0.06: mean 0.03, sample variance 0.0009. Q(tau2), 0.0018 / (v + tau2),
    # equals 2 at tau2 = 0.0009 - 0.0001 = 0.0008. Weights are equal, the mean's variance is 0.0009 / 3, and t with two
    # degrees of freedom 4.30265. Q(0) = 18, I2 = 16/18.
    found = random_effects([0.0, 0.03, 0.06], [1e-4] * 3)
    assert found is not None
    assert found.tau == pytest.approx(math.sqrt(0.0008))
    assert found.mean == pytest.approx(0.03)
    assert found.high - found.mean == pytest.approx(4.30265 * math.sqrt(0.0003), rel=1e-5)
    # The next collection: tau2 = max(0, 0.0018 / X - v) with X chi-squared of two degrees of freedom.
    rng = np.random.default_rng(3)
    tau2 = np.maximum(0.0018 / rng.chisquare(2, 400_000) - 1e-4, 0.0)
    q = 0.0018 / (tau2 + 1e-4) / 2
    error = rng.standard_t(2, 400_000) * np.sqrt(np.maximum(q, 1.0) * (tau2 + 1e-4) / 3)
    drawn = 0.03 + np.sqrt(tau2) * rng.standard_normal(400_000) + error
    assert found.next_high == pytest.approx(np.quantile(drawn, 0.975), rel=0.1)
    assert (found.q, found.i2) == pytest.approx((18.0, 16 / 18))
    assert found.p == pytest.approx(stats.chi2.sf(18, 2))


def test_agreement_by_luck_does_not_narrow_the_interval() -> None:
    found = random_effects([0.02, 0.02, 0.02], [1e-4] * 3)
    assert found is not None
    assert found.tau == 0.0
    assert found.se == pytest.approx(math.sqrt(1e-4 / 3))
    assert found.next_low <= found.low
    assert found.next_high >= found.high


def test_two_collections_are_not_pooled_and_nonsense_is_refused() -> None:
    assert random_effects([0.01, 0.03], [1e-4, 1e-4]) is None
    with pytest.raises(ValueError, match="positive"):
        random_effects([0.01, 0.02, 0.03], [1e-4, 0.0, 1e-4])
    with pytest.raises(ValueError, match="one variance"):
        random_effects([0.01, 0.02, 0.03], [1e-4])


def test_estimates_of_one_collection_count_once() -> None:
    # Fully correlated estimates with standard errors 0.01 and 0.03 have a mean with standard error 0.02.
    assert together([0.02, 0.04], [0.01, 0.03]) == pytest.approx((0.03, 0.02**2))


def test_intervals_hold_for_the_mean_and_for_the_next_collection() -> None:
    rng = np.random.default_rng(5)
    held = ahead = 0
    for _ in range(300):
        variances = rng.uniform(0.5e-4, 4e-4, 6)
        true = 0.02 + 0.015 * rng.standard_normal(7)
        found = random_effects(true[:6] + np.sqrt(variances) * rng.standard_normal(6), variances)
        assert found is not None
        held += found.low <= 0.02 <= found.high
        ahead += found.next_low <= true[6] <= found.next_high
    assert held / 300 > 0.93
    assert ahead / 300 > 0.92
