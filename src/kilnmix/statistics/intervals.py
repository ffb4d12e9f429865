"""Simultaneous intervals and adjusted p values for a family of differences, and what a study could have seen.

Every difference has a t distribution of its own, with its own degrees of freedom. Its two-sided p value is turned into
the normal deviate z that has the same p; the family's joint law is then normal with the correlation of the
differences over objects (a Gaussian copula with t margins). The correlation over replicates is not estimated: few
replicates say little about it, and leaving it out errs to the wide side (Sidak 1967, 1968).

- The shown intervals are single-step: all differences of the family lie in their intervals together with probability
  1 - alpha. Each has the same local level, so differences with few degrees of freedom get wider ones (Beran 1988,
  "balanced simultaneous confidence sets").
- Adjusted p values are single-step too (the probability that the largest of the family's deviates is as large), so
  that interval, p and verdict always agree. Stepping down would find a little more; but an interval whose end is then
  set to zero no longer holds together with the others.
- The detectable effect is the smallest true difference that would be found with the stated power (noncentral t).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

DRAWS = 40_000
RUNS_SEED = 1
"""Of the draws of how a standard error scatters from study to study."""
ALIKE = 2 / 3
"""Correlation of two arms' scores over objects and runs: mostly the same objects are hard for both."""


@dataclass(frozen=True)
class Difference:
    """One difference of scores with its interval. Scores are fractions: 0.02 is two points.

    Attributes:
        delta: arm minus reference.
        low, high: simultaneous interval at 1 - alpha over the family.
        p: adjusted p value of the family.
        se, df: standard error and Satterthwaite degrees of freedom.
        raw_p: p value of this difference alone.
        critical: the critical value that the interval uses (in standard errors).
    """

    delta: float
    low: float
    high: float
    p: float
    se: float
    df: float
    raw_p: float
    critical: float

    @property
    def significant_side(self) -> int:
        """Sign of the difference if its interval excludes zero (an end at zero counts), else 0."""
        if self.low == self.high == 0.0:
            return 0
        return int(self.low >= 0) - int(self.high <= 0)

    def pointwise(self, alpha: float) -> tuple[float, float]:
        """The interval for this difference alone."""
        half = float(stats.t.isf(alpha / 2, self.df)) * self.se
        return self.delta - half, self.delta + half


def normal_deviate(delta: np.ndarray, se: np.ndarray, df: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(|z|, p): the two-sided t p value of each difference and the normal deviate that has it; se 0 gives 0 and 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(se > 0, np.abs(delta) / se, 0.0)
    p = np.where(se > 0, 2 * stats.t.sf(t, df), 1.0)
    return stats.norm.isf(np.clip(p, 1e-300, 1.0) / 2), p


def correlation(residuals: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """(K, K): covariances over objects, the inner products of residuals (K, n), in units of the whole variance (K,)."""
    scaled = residuals / np.sqrt(np.where(variance > 0, variance, 1.0))[:, None]
    joint = scaled @ scaled.T
    np.fill_diagonal(joint, 1.0)
    return joint


def single_step(z: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """(K,) adjusted p values of the absolute deviates z (K,), given B draws of the family's largest, ascending.

    In the tail that B draws don't resolve, the p value is Bonferroni's.
    """
    reached = len(largest) - np.searchsorted(largest, z, side="left")
    single = 2 * stats.norm.sf(z)
    simulated = (reached + 1.0) / (len(largest) + 1.0)
    return np.where(reached > 0, np.maximum(single, simulated), np.minimum(simulated, single * len(z)))


def joint_draws(residuals: np.ndarray, variance: np.ndarray, seed: int, draws: int = DRAWS) -> np.ndarray:
    """(draws, K) float64: standard normal deviates of K differences with their correlation; one seed, one answer.

    Args:
        residuals: (K, n) float64 over the objects of all tasks, 0 where an object has no label for the task.
        variance: (K,) float64, the whole variance of each.
    """
    values, vectors = np.linalg.eigh(correlation(residuals, variance))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return _independent(draws, len(variance), seed) @ root.T


@functools.lru_cache(maxsize=8)
def _independent(draws: int, count: int, seed: int) -> np.ndarray:
    """(draws, count) float64, read-only: what every family of so many differences is drawn from."""
    drawn = np.random.default_rng(seed).standard_normal((draws, count))
    drawn.flags.writeable = False
    return drawn


def simultaneous(
    delta: np.ndarray,
    variance: np.ndarray,
    df: np.ndarray,
    draws: np.ndarray,
    alpha: float = 0.05,
    asked: np.ndarray | None = None,
) -> tuple[Difference, ...]:
    """Intervals and p values of a family of K differences.

    Args:
        delta, variance, df: (K,) float64.
        draws: (B, K) normal deviates with the differences' correlation.
        asked: (K,) bool, False for a difference that is no hypothesis (an arm that equals its reference): its interval
            has the family's level, but does not widen those of the others. None: all are hypotheses.
    """
    if len(delta) == 0:
        return ()
    se = np.sqrt(variance)
    z, raw = normal_deviate(delta, se, df)
    moving = (se > 0) & (True if asked is None else asked)
    adjusted = np.ones(len(delta))
    bound = float(stats.norm.isf(alpha / 2))
    if moving.any():
        largest = np.sort(np.abs(draws[:, moving]).max(1))
        # The value that a deviate must exceed for an adjusted p of at most alpha.
        place = len(largest) - 1 - max(int(np.floor(alpha * (len(largest) + 1))) - 1, 0)
        bound = float(largest[place])
        adjusted[moving] = single_step(z[moving], largest)
    critical = stats.t.isf(stats.norm.sf(bound), df)
    half = critical * se
    rows = zip(delta, delta - half, delta + half, adjusted, se, df, raw, critical, strict=True)
    return tuple(Difference(*(float(x) for x in row)) for row in rows)


def detectable(
    parts: tuple[Difference, ...], draws: np.ndarray, power: float = 0.8, score: float | None = None
) -> float:
    """The smallest true effect that all of `parts` would show as positive, together, with probability `power`.

    Each part is found if delta > critical * se. With the effect e in every part that is e > (critical R - Z) sigma, Z
    normal and R^2 a mean square of the part's degrees of freedom: for one part the noncentral t law; for several the
    worst part of a draw counts, and their R are one draw's, as they share an arm. The answer is the `power` quantile.
    For sigma stands what makes the study's standard error the median one.

    An effect changes the variance that it is seen against (`shrunk`), most where a score is near 0 or 1.

    Args:
        parts: the differences that a verdict rests on (to the reference, and to the control if there is one).
        draws: (B, len(parts)) normal deviates with their correlation.
        score: F of the reference, 0 to 1; None leaves the variance as it is.
    """
    draws = draws[:5000]
    grid = np.linspace(-5.0, 5.0, 161)
    shared = _independent(len(draws), 1, RUNS_SEED)[:, 0]
    needed: list[np.ndarray] = []
    for row, part in enumerate(parts):
        # Quantiles at the deviates' probabilities, interpolated: exact ones cost more than all the rest.
        table = np.sqrt(special.chdtri(part.df, special.ndtr(-grid)) / part.df)
        scatter, median = np.interp(shared, grid, table), np.interp(0.0, grid, table)
        needed.append((part.critical * scatter - draws[:, row]) * part.se / median)
    effect = float(np.quantile(np.max(needed, axis=0), power))
    return effect if score is None else shrunk(effect, score)


def shrunk(effect: float, score: float) -> float:
    """The effect e with e = `effect` sqrt(g), g the difference's variance at `score` + e over that without an effect.

    With s = F (1 - F) of the two scores and their correlation r the variance goes as s1 + s2 - 2 r sqrt(s1 s2).
    """
    here = score * (1 - score)
    if here <= 0:
        return effect

    def beyond(e: float) -> float:
        there = min(score + e, 1.0)
        q = math.sqrt(there * (1 - there) / here)
        return e - effect * math.sqrt((1 + q * q - 2 * ALIKE * q) / (2 * (1 - ALIKE)))

    # F (1 - F) is at most 1/4: the root lies below this.
    most = effect * math.sqrt((1 + max(1.0, 0.25 / here)) / (2 * (1 - ALIKE)))
    return float(optimize.brentq(beyond, 0.0, most + 1e-12))
