"""Designs for a budget of time or for an effect."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from scipy import stats

from kilnmix.statistics.budget import (
    Demand,
    Objects,
    Prices,
    TaskVariance,
    continuous,
    degrees,
    design,
    least_time,
    more_objects,
    parts,
    smallest_effect,
)

DEMAND = Demand(comparisons=12, alpha=0.05, power=0.8, controlled=True, arms=6)
PRICES = Prices(once=600, fold=2000, adapter=1500, seed=120)


def task(
    own: float = 1e-4, fold: float = 0.0, adapter: float | None = 4e-4, seed: float = 6e-4, name: str = "glaze"
) -> TaskVariance:
    objects = {1: Objects(2 * own, own, own, 150.0), 2: Objects(own, own / 2, own / 2, 300.0)}
    objects |= dict.fromkeys((3, 4, 5), objects[2])
    return TaskVariance(name, objects, fold, adapter, seed, classwise=5.0)


def test_the_variance_is_that_of_nested_sampling() -> None:
    v = task(own=1e-4, fold=3e-4, adapter=4e-4, seed=6e-4)
    objects, runs = parts(v, 2, np.array(2.0), np.array(3.0))
    assert objects == pytest.approx(1e-4 + 0.5e-4 / 2 + 0.5e-4 / 6)
    assert runs == pytest.approx(3e-4 / 2 + 4e-4 / 4 + 6e-4 / 12)


def test_degrees_of_freedom_worked_by_hand() -> None:
    # Two folds of two adapters: two degrees for the replicates, ten for the classes, eight for what four arms tell.
    v = task(own=1e-4)
    objects, runs = parts(v, 2, np.array(2.0), np.array(3.0))
    noise = 0.5e-4 / 2 + 0.5e-4 / 6
    share = 1 - noise / ((runs + noise) * 1.5)  # root(2 / 8) above its estimate
    known = 2 + 1 / (share**2 * (1 / 16 + 1 / 8) + 1 / 10)
    expected = (objects + runs) ** 2 / ((objects**2 + noise**2 / 2) / 300 + (runs + noise) ** 2 / known)
    assert degrees(v, 6, 2, np.array(2.0), np.array(3.0)) == pytest.approx(max(expected, known))
    # One fold of two adapters leaves one degree, two folds of one adapter one too: no verdict on the procedure.
    assert degrees(v, 6, 1, np.array(2.0), np.array(3.0)) == 0
    assert degrees(v, 6, 2, np.array(1.0), np.array(3.0)) == 0
    # A pilot of one adapter: seeds are the replicates, and one seed is none.
    alone = task(adapter=None)
    assert degrees(alone, 6, 1, np.array(1.0), np.array(1.0)) == 0
    assert degrees(alone, 6, 1, np.array(1.0), np.array(3.0)) > 2


def brute_force(tasks: list[TaskVariance], seconds: float) -> tuple[float, tuple[int, int, int]]:
    """The smallest mean logarithm of detectable effects over all affordable designs, one by one."""
    best = (math.inf, (0, 0, 0))
    for folds, adapters, seeds in itertools.product((1, 2, 3, 4, 5), range(1, 25), range(1, 65)):
        if 600 + folds * (2000 + adapters * (1500 + seeds * 120)) > seconds:
            continue
        found = design(tasks, PRICES, DEMAND, folds, adapters, seeds)
        if all(math.isfinite(e) for e in found.detectable.values()):
            score = float(np.mean(np.log(list(found.detectable.values()))))
            best = min(best, (score, (folds, adapters, seeds)))
    return best


@pytest.mark.parametrize("variances", [(1e-4, 4e-4, 6e-4), (4e-5, 1e-4, 9e-4), (3e-4, 9e-4, 1e-4)])
def test_the_design_for_a_budget_is_the_best_of_all(variances: tuple[float, float, float]) -> None:
    own, adapter, seed = variances
    tasks = [task(own, 0.0, adapter, seed), task(2 * own, 1e-5, adapter / 2, seed, "kiln")]
    found = smallest_effect(tasks, PRICES, DEMAND, 5 * 3600.0)
    assert found is not None
    assert found.seconds <= 5 * 3600
    assert float(np.mean(np.log(list(found.detectable.values())))) == pytest.approx(
        brute_force(tasks, 5 * 3600.0)[0], abs=1e-9
    )


def test_with_much_time_the_best_design_nears_the_formula() -> None:
    # Nearly no objects' part, so V is the replicates'; A* = root(2000 * 4e-4 / (1500 * 1e-5)) = 7.30,
    # S* = root(1500 * 36e-4 / (120 * 4e-4)) = 10.6. Folds up to sixty, each as good as another.
    v = task(1e-9, 1e-5, 4e-4, 36e-4)
    v = dataclasses.replace(v, objects={folds: Objects(1e-9, 0, 0, 1e6) for folds in range(1, 61)})
    adapters, seeds = continuous(v, PRICES)
    assert (adapters, seeds) == pytest.approx((math.sqrt(800 / 15), math.sqrt(5.4 / 0.048)))
    found = smallest_effect([v], PRICES, DEMAND, 600 + 40 * (2000 + 7.3 * (1500 + 10.6 * 120)))
    assert found is not None
    assert abs(found.adapters - adapters) <= 2
    assert abs(found.seeds - seeds) <= 2
    assert abs(found.folds - 40) <= 8


def test_the_effect_that_is_asked_for_is_seen_at_the_least_cost() -> None:
    tasks = [task(5e-5)]
    for effect in (0.08, 0.06):
        found = least_time(tasks, PRICES, DEMAND, effect)
        assert found is not None
        assert found.detectable["glaze"] <= effect
        cheaper = smallest_effect(tasks, PRICES, DEMAND, found.seconds - 1)
        assert cheaper is None or cheaper.detectable["glaze"] > effect
    assert least_time(tasks, PRICES, DEMAND, 0.001) is None
    assert smallest_effect(tasks, PRICES, DEMAND, 1000) is None


def test_more_objects_are_asked_for_where_they_alone_are_too_few() -> None:
    # Objects alone: t of the local level 1 - 0.95^(1/12), times root(own).
    critical = stats.t.isf((1 - 0.95 ** (1 / 12)) / 2, 300)
    own = (0.02 / critical) ** 2
    assert more_objects(task(1.01 * own), DEMAND, 0.02)
    assert not more_objects(task(0.99 * own), DEMAND, 0.02)


def test_both_differences_must_be_found() -> None:
    alone = dataclasses.replace(DEMAND, controlled=False)
    one = design([task()], PRICES, alone, 3, 3, 3)
    both = design([task()], PRICES, DEMAND, 3, 3, 3)
    assert one.half_width == both.half_width
    # Each is found with the power with which both of two normal deviates, correlated by a half, lie above a bound with
    # 80 % (Owen's T: 0.8000), by the noncentral t.
    v = task()
    se = math.sqrt(sum(parts(v, 3, np.array(3.0), np.array(3.0))))
    df = float(degrees(v, 6, 3, np.array(3.0), np.array(3.0)))
    chance = float(stats.nct.sf(both.half_width["glaze"] / se, df, both.detectable["glaze"] / se))
    law = stats.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]])
    assert law.cdf([stats.norm.ppf(chance)] * 2) == pytest.approx(0.8, abs=5e-3)
    found = float(stats.nct.sf(one.half_width["glaze"] / se, df, one.detectable["glaze"] / se))
    assert found == pytest.approx(0.8, abs=5e-3)
