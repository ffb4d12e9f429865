"""How many folds, adapters and seeds see the smallest effect for a given time, or an effect for the least time.

A difference of scores varies with the test objects and, nested in each other, with folds, adapters and classifier
seeds. With F folds of A adapters of S seeds its variance is (nested sampling, Cochran 1977, sec. 10.8)

    V = V_O(F) + sf^2 / F + sa^2 / (F A) + ss^2 / (F A S),

V_O(F) over the objects that F folds test. What an adapter or a run does to single objects averages out as they grow in
number, V_O = (o + oa / A + os / (A S)) by object; no object is tested by two folds. The time is

    T = c_0 + F (c_f + A (c_a + m S c_s)),

with m arms and c_f, c_a, c_s the time of a fold, an adapter and a training. Without V_O and integers the best design is

    S* = sqrt(c_a ss^2 / (m c_s sa^2)),   A* = sqrt(c_f sa^2 / (c_a sf^2)),   F* = (T - c_0) / (time of a fold with
    them).

What decides is the half-width t sqrt(V), whose t has few degrees of freedom where replicates are few; so the integers
near F*, A*, S* need not hold the best, and all affordable ones are tried: some ten thousand. Scores are fractions,
times seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from kilnmix.statistics.moderation import PRIOR_DF

MOST = 64
"""Most adapters of a fold, and most seeds of an adapter, that are tried."""


@dataclass(frozen=True)
class Objects:
    """What a number of folds tests.

    Attributes:
        own, by_adapter, by_seed: o, oa and os, each already divided by the objects: squared units of the score.
        df: degrees of freedom of V_O.
    """

    own: float
    by_adapter: float
    by_seed: float
    df: float


@dataclass(frozen=True)
class TaskVariance:
    """What a pilot tells of one task's differences.

    Attributes:
        objects: number of folds -> V_O's parts.
        fold, adapter, seed: sf^2, sa^2, ss^2; adapter None: the pilot has one adapter, so only seeds can be planned.
        classwise: degrees of freedom of the class-wise variances for each of the replicates'.
    """

    task: str
    objects: Mapping[int, Objects]
    fold: float
    adapter: float | None
    seed: float
    classwise: float


@dataclass(frozen=True)
class Prices:
    """Seconds: once, of a fold, of an adapter of a fold, and of a classifier seed of an adapter, all its arms."""

    once: float
    fold: float
    adapter: float
    seed: float

    def total(self, folds: int, adapters: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        """Seconds of designs; broadcasts."""
        return np.asarray(self.once + folds * (self.fold + adapters * (self.adapter + seeds * self.seed)), float)


@dataclass(frozen=True)
class Demand:
    """What an effect must be seen with.

    Attributes:
        comparisons: size of the family over all tasks; alpha: its level; power.
        controlled: whether `helps` takes a second difference, to the control.
        arms: that the family compares, controls among them.
    """

    comparisons: int
    alpha: float
    power: float
    controlled: bool
    arms: int


@dataclass(frozen=True)
class Design:
    """A study and what it sees: for each task half-width, detectable effect, V and the objects' part of it."""

    folds: int
    adapters: int
    seeds: int
    seconds: float
    half_width: Mapping[str, float]
    detectable: Mapping[str, float]


def parts(v: TaskVariance, folds: int, adapters: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(objects' part, replicates' part) of V for designs of so many folds; arrays broadcast."""
    o = v.objects[folds]
    objects = o.own + o.by_adapter / adapters + o.by_seed / (adapters * seeds)
    runs = v.fold / folds + (v.adapter or 0.0) / (folds * adapters) + v.seed / (folds * adapters * seeds)
    return objects, runs


def degrees(v: TaskVariance, arms: int, folds: int, adapters: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Satterthwaite's degrees of freedom of V; 0 where the design cannot tell run variance from an effect.

    The rule is that of `moderation`, with one task's worth of knowledge about the correlation over classes: how unlike
    the tasks are is not known before the study. What the verdict takes for V_replicates holds the objects' noise in
    single runs, V_interaction, which it takes off again.
    """
    objects, runs = parts(v, folds, adapters, seeds)
    o = v.objects[folds]
    noise = o.by_adapter / adapters + o.by_seed / (adapters * seeds)
    if v.adapter is None:
        replicates = folds * adapters * (seeds - 1.0)
    else:
        replicates = np.where(adapters > 1, folds * (adapters - 1.0), folds - 1.0)
        replicates = np.where(replicates >= 2, replicates, 0.0)
    replicates = replicates + 0.0 * seeds
    known = np.maximum(replicates, 1e-9)
    ratio_df = max(arms - 2, 0.5) * known
    share = np.clip(1 - noise / ((runs + noise) * (1 + np.sqrt(2 / ratio_df))), 0.0, 1.0)
    df = replicates + 1.0 / (share**2 * (1 / PRIOR_DF + 1 / ratio_df) + 1.0 / (v.classwise * known))
    spread = (objects**2 + noise**2 / known) / o.df + (runs + noise) ** 2 / df
    total = np.maximum((objects + runs) ** 2 / spread, np.minimum(o.df, df))
    return np.where(replicates > 0, total, 0.0)


def _widths(
    v: TaskVariance, demand: Demand, folds: int, adapters: np.ndarray, seeds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Half-width of the simultaneous interval (Sidak 1967 over the family), inf where a design is none, and detectable
    effect."""
    df = degrees(v, demand.arms, folds, adapters, seeds)
    local = 1 - (1 - demand.alpha) ** (1 / demand.comparisons)
    known = np.maximum(df, 1.0)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(sum(parts(v, folds, adapters, seeds)))
    critical = stats.t.isf(local / 2, known)
    # Two differences that share an arm correlate by a half; both must be found.
    chance = _both(demand.power) if demand.controlled else demand.power
    half = np.where(df > 0, critical * se, np.inf)
    return half, np.where(df > 0, noncentrality(critical, known, chance) * se, np.inf)


def noncentrality(critical: np.ndarray, df: np.ndarray, power: float) -> np.ndarray:
    """The effect, in standard errors, with which a noncentral t of `df` degrees of freedom exceeds `critical` with
    `power` (Johnson and Welch 1940): (critical R - Z) as normal, R the root of a mean square, Z a standard normal."""
    mean = np.exp(special.gammaln((df + 1) / 2) - special.gammaln(df / 2)) * np.sqrt(2 / df)
    return critical * mean + stats.norm.ppf(power) * np.sqrt(1 + critical**2 * (1 - mean**2))


def _both(power: float) -> float:
    """The power of each of two tests, correlated by a half, that together have `power`: between it and its root."""
    # P(both) of two standard normals above -z, with correlation 1/2, as the mean over what they share.
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    grid = np.linspace(power, math.sqrt(power), 200)
    above = stats.norm.cdf((stats.norm.ppf(grid)[:, None] + math.sqrt(0.5) * nodes) / math.sqrt(0.5))
    return float(np.interp(power, above**2 @ (weights / weights.sum()), grid))


def continuous(v: TaskVariance, prices: Prices) -> tuple[float, float]:
    """(A*, S*), the best numbers without integers, V_O's interplay and t; inf where a finer level costs no variance."""
    adapter = v.adapter or 0.0

    def root(cost: float, gain: float) -> float:
        return math.sqrt(cost / gain) if gain > 0 else math.inf

    seeds = root(prices.adapter * v.seed, prices.seed * adapter)
    return root(prices.fold * adapter, prices.adapter * v.fold), seeds


def smallest_effect(tasks: Sequence[TaskVariance], prices: Prices, demand: Demand, seconds: float) -> Design | None:
    """The design within the time whose detectable effects are smallest, in the mean over tasks of their logarithms.

    Of equal ones the cheapest. None where no design can be had for the time.
    """
    return _best(tasks, prices, demand, seconds, None)


def least_time(tasks: Sequence[TaskVariance], prices: Prices, demand: Demand, effect: float) -> Design | None:
    """The cheapest design that sees `effect` in all tasks; None where none of those tried does."""
    return _best(tasks, prices, demand, None, effect)


def _best(
    tasks: Sequence[TaskVariance], prices: Prices, demand: Demand, seconds: float | None, effect: float | None
) -> Design | None:
    folds_tried = sorted(set.intersection(*(set(v.objects) for v in tasks))) if tasks else []
    fixed = any(v.adapter is None for v in tasks)
    adapters = np.arange(1, 2 if fixed else MOST + 1, dtype=float)[:, None]
    seeds = np.arange(1, MOST + 1, dtype=float)[None, :]
    best: tuple[tuple[float, float], int, int, int] | None = None
    for folds in folds_tried:
        cost = prices.total(folds, adapters, seeds)
        seen = np.stack([_widths(v, demand, folds, adapters, seeds)[1] for v in tasks])
        score = np.log(seen).mean(0)
        allowed = np.isfinite(score) & (cost <= seconds if seconds is not None else (seen <= (effect or 0.0)).all(0))
        if not allowed.any():
            continue
        first, second = (score, cost) if seconds is not None else (cost, score)
        order = np.lexsort((second[allowed], np.round(first[allowed], 9)))
        place = np.argwhere(allowed)[order[0]]
        key = (round(float(first[tuple(place)]), 9), float(second[tuple(place)]))
        if best is None or key < best[0]:
            best = (key, folds, int(adapters[place[0], 0]), int(seeds[0, place[1]]))
    if best is None:
        return None
    return design(tasks, prices, demand, *best[1:])


def design(
    tasks: Sequence[TaskVariance], prices: Prices, demand: Demand, folds: int, adapters: int, seeds: int
) -> Design:
    """What a design sees and costs."""
    one = np.array(float(adapters)), np.array(float(seeds))
    found = {v.task: _widths(v, demand, folds, *one) for v in tasks}
    return Design(
        folds=folds,
        adapters=adapters,
        seeds=seeds,
        seconds=float(prices.total(folds, *one)),
        half_width={task: float(widths[0]) for task, widths in found.items()},
        detectable={task: float(widths[1]) for task, widths in found.items()},
    )


def least_half_width(v: TaskVariance, demand: Demand) -> float:
    """What endless adapters and seeds would leave of the half-width: the objects' part, at the most folds planned."""
    local = 1 - (1 - demand.alpha) ** (1 / demand.comparisons)
    best = min(v.objects.values(), key=lambda o: o.own)
    return float(stats.t.isf(local / 2, best.df)) * math.sqrt(best.own)


def more_objects(v: TaskVariance, demand: Demand, limit: float) -> bool:
    """Whether V_O alone exceeds a limit, the margin or an effect: no number of adapters and seeds goes below it."""
    return least_half_width(v, demand) > limit
