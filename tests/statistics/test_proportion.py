import numpy as np
import pytest
from scipy import stats

from kilnmix.statistics.proportion import Proportion


def test_independent_trials_have_the_exact_interval() -> None:
    # Clopper and Pearson's upper limit for 0 of 10 is 1 - 0.025 ** (1 / 10).
    assert Proportion(0, 10).interval == pytest.approx((0.0, 1 - 0.025**0.1))
    assert Proportion(10, 10).interval == pytest.approx((0.025**0.1, 1.0))
    assert Proportion(3, 10).value == 0.3
    exact = stats.binomtest(3, 10).proportion_ci(0.95)
    assert Proportion(3, 10).interval == pytest.approx((exact.low, exact.high))
    assert Proportion(0, 0).interval == (0.0, 1.0)


def test_groups_that_agree_within_count_as_fewer_trials() -> None:
    """Four groups of two, each right twice or not at all. The ratio's variance is 4/3 x 4 / 64 = 1/12, three trials'
    of p = 1/2; Korn and Graubard multiply by the squared ratio of t's quantiles, 2.3646 and 3.1824 (7 and 3 df)."""
    found = Proportion.grouped([2, 0, 2, 0], [2, 2, 2, 2])
    n = 3 * (2.364624 / 3.182446) ** 2
    assert (found.hits, found.total) == (4, 8)
    assert found.independent == pytest.approx(n, rel=1e-6)
    assert found.design_effect == pytest.approx(8 / n, rel=1e-6)
    law = stats.beta(n / 2, n / 2 + 1)
    assert found.interval == pytest.approx((law.ppf(0.025), 1 - law.ppf(0.025)), rel=1e-5)


def test_groups_count_by_their_size_and_empty_ones_not_at_all() -> None:
    """(h - p m) is 1.5, -0.5 and -1 with p = 1/2: 3/2 x 3.5 / 64 against the binomial's 1/32."""
    found = Proportion.grouped([3, 0, 1, 0], [3, 0, 3, 2])
    assert found.value == 0.5
    n = 8 * (1 / 32) / (3 / 2 * 3.5 / 64) * (stats.t.ppf(0.975, 7) / stats.t.ppf(0.975, 2)) ** 2
    assert found.independent == pytest.approx(n)
    assert Proportion.grouped([], []).interval == (0.0, 1.0)


def test_no_group_counts_as_more_trials_than_it_has() -> None:
    """Groups that are all alike would have an interval of no width."""
    assert Proportion.grouped([1, 1, 1], [2, 2, 2]).independent == 6
    # Every trial a hit, or one group only: nothing is seen of the variance between groups.
    assert Proportion.grouped([4, 4, 4], [4, 4, 4]).interval == Proportion(3, 3).interval
    assert Proportion.grouped([2], [4]).independent == 1


def test_the_interval_holds_where_trials_of_a_group_agree() -> None:
    """60 groups of 12 whose probabilities are Beta(1.9, 0.1)'s, mean 0.95: of independent trials' intervals far fewer
    hold than the 95 % promised."""
    rng = np.random.default_rng(0)
    hits = rng.binomial(12, rng.beta(1.9, 0.1, (400, 60)))
    grouped = [Proportion.grouped(own.tolist(), [12] * 60).interval for own in hits]
    alone = [Proportion(int(own.sum()), 720).interval for own in hits]
    assert np.mean([low <= 0.95 <= high for low, high in grouped]) > 0.9
    assert np.mean([low <= 0.95 <= high for low, high in alone]) < 0.8
