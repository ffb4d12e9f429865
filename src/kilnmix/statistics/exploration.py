"""What the report looks at beside the verdicts: classes, head, middle and tail, the best arm, alignment against gain.

Nothing here is a verdict. Differences of single classes and of groups are read with the false-discovery rate under
control under any dependence (Benjamini and Yekutieli 2001, theorem 1.3): classes exchange errors, so that the positive
dependence which Benjamini and Hochberg (1995) need is not granted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from kilnmix.statistics import contrasts, intervals, scores
from kilnmix.statistics.contrasts import Contrast, Measured, measurable
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.variance import Scope

PERMUTATIONS = 10_000


def false_discovery(p: np.ndarray) -> np.ndarray:
    """(K,) q values of (K,) p values: the smallest false-discovery rate at which each would be reported."""
    order = np.argsort(p, kind="stable")
    places = np.arange(1, len(p) + 1)
    ranked = p[order] * len(p) / places * (1 / places).sum()
    q = np.empty(len(p))
    q[order] = np.minimum(1.0, np.minimum.accumulate(ranked[::-1])[::-1])
    return q


@dataclass(frozen=True)
class PartDifference:
    """The difference of one arm to its reference in one class or one group of classes.

    Attributes:
        name: the class, or `head`, `middle`, `tail`.
        objects: test objects in it.
        delta: mean F1 over its classes, arm minus reference.
        low, high: the interval for this one alone, as far as a difference of F1 can reach.
        p, q: two-sided p value (at least `sign_floor`), and its q value over the family that it was asked in.
    """

    task: str
    arm: str
    reference: str
    name: str
    objects: int
    delta: float
    low: float
    high: float
    p: float
    q: float


def part_differences(
    tasks: Sequence[TaskOutcomes],
    pairs: Sequence[tuple[str, str]],
    parts: Sequence[Mapping[str, tuple[int, ...]]],
    scope: Scope,
    alpha: float = 0.05,
) -> tuple[PartDifference, ...]:
    """Differences of every pair (arm, reference) in every named part; all of them are one family for q.

    Arms with the same answers are one hypothesis, and an arm with its reference's answers is none: its p and q are 1.

    Args:
        tasks: testable tasks; a pair is passed over in those that do not know it well enough (`measurable`).
        parts: for each task, name -> class indices (`class_parts`, or `frequency_groups`). Classes that are not scored
            are passed over; so is a part without a scored class.
    """
    asked: dict[Contrast, str] = {}
    for t, task in enumerate(tasks):
        there = [pair for pair in pairs if set(pair) <= task.predicted.keys() and measurable(task, *pair, scope)]
        for name, members in parts[t].items():
            inside = tuple(c for c in members if c in task.scored)
            asked |= {Contrast(t, arm, other, inside): name for arm, other in there if inside}
    measured = contrasts.measure(tasks, list(asked), scope)
    objects = [sum(tasks[c.task].object_counts[i] for i in c.classes or ()) for c in measured.contrasts]
    se = np.sqrt(measured.variance)
    _, alone = intervals.normal_deviate(measured.delta, se, measured.df)
    p = np.maximum(alone, [sign_floor(count) for count in objects])
    hypotheses, q = np.array([c.arm != c.reference for c in measured.contrasts], bool), np.ones(len(p))
    q[hypotheses] = false_discovery(p[hypotheses])
    half = stats.t.isf(alpha / 2, measured.df) * se
    found = []
    told = sorted(asked, key=lambda c: (c.task, c.arm, c.reference, c.classes or ()))
    for c, k in zip(told, measured.rows(told), strict=True):
        delta = float(measured.delta[k])
        low, high = np.clip([delta - half[k], delta + half[k]], -1.0, 1.0).tolist()
        found.append(
            PartDifference(
                task=tasks[c.task].task,
                arm=c.arm,
                reference=c.reference,
                name=asked[c],
                objects=objects[k],
                delta=delta,
                low=low,
                high=high,
                p=float(p[k]),
                q=float(q[k]),
            )
        )
    return tuple(found)


def sign_floor(objects: int) -> float:
    """The smallest two-sided p value that n objects can give: all of them moved to one side, in an exact sign test.

    The t law of a linearised F1 knows no such bound: with five objects that all differ alike it would say 10^-6."""
    return min(1.0, 2 * 0.5**objects)


def class_parts(task: TaskOutcomes) -> dict[str, tuple[int, ...]]:
    """Every scored class as a part of its own."""
    return {task.classes[c]: (c,) for c in task.scored}


def best_probability(
    tasks: Sequence[TaskOutcomes], arms: Sequence[str], scope: Scope, seeds: Sequence[int]
) -> tuple[dict[str, float], ...]:
    """For each (testable) task: arm -> probability that its expected macro-F1 is the highest, under a flat prior.

    Arms' scores are taken as independent but for what cancels in every difference; each arm's share in the variances of
    its differences is solved for (Thurstone 1927, case III; see `arm_variances`), and noise of t form is added to the
    scores.

    Args:
        seeds: of each task's draws.
    """
    pairs = [(a, b) for i, a in enumerate(arms) for b in arms[i + 1 :]]
    measured = contrasts.measure(tasks, [Contrast(t, a, b) for t in range(len(tasks)) for a, b in pairs], scope)
    incidence = np.array([[float(arm in pair) for arm in arms] for pair in pairs])
    answers = []
    for t, task in enumerate(tasks):
        rows = measured.rows([Contrast(t, a, b) for a, b in pairs])
        shares = arm_variances(incidence, measured.variance[rows])
        df = float(np.median(measured.df[rows]))
        rng = np.random.default_rng(seeds[t])
        noise = rng.standard_normal((20_000, len(arms))) * np.sqrt(df / rng.chisquare(df, (20_000, 1)))
        values = np.array([scores.score(task, arm) for arm in arms]) + noise * np.sqrt(shares)
        best = values == values.max(1, keepdims=True)  # arms that are the same share the place
        chance = (best / best.sum(1, keepdims=True)).mean(0)
        answers.append(dict(zip(arms, chance.tolist(), strict=True)))
    return tuple(answers)


def arm_variances(incidence: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """(M,) variances of M arms whose sums are the variances of their differences: least squares, then raised until no
    difference has less than its own. Else pairs that fit badly would look surer than they are.

    Args:
        incidence: (P, M) float64, 1 where an arm is in the pair. variance: (P,) float64 of the pairs' differences.
    """
    shares, _ = optimize.nnls(incidence, variance)
    missing = np.maximum(variance - incidence @ shares, 0.0)
    return np.asarray(shares + (incidence * missing[:, None]).max(0, initial=0.0) / 2)


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation of alignment and gain over classes, ranked within each task.

    Attributes:
        rho, low, high: the correlation with its interval; None with fewer than four classes in every task.
        p: two-sided.
        classes: how many classes it rests on.
    """

    rho: float | None
    low: float | None
    high: float | None
    p: float | None
    classes: int


def alignment_gain(
    tasks: Sequence[TaskOutcomes],
    alignment: Sequence[np.ndarray],
    pair: tuple[str, str],
    scope: Scope,
    alpha: float = 0.05,
    seed: int = 0,
) -> RankCorrelation:
    """Do classes that the generator renders faithfully gain more? One task, or several taken together.

    The correlation is the tasks' mean with weights C - 1, the inverse of its variance where there is none. Its error is
    taken on Fisher's scale and is the largest of three: classes as a sample, se^2 = (1 + rho^2 / 2) / (C - 3) (Bonett
    and Wright 2000); these classes with other objects and replicates, by drawing the gains anew from their joint law
    and ranking again; and that which gives the p value of a permutation of the gains within each task, since four
    classes in perfect order are no rarer than two of their 24 orders.

    Args:
        alignment: for each task (K,) float64 over all its classes, NaN where it isn't known.
        seed: of the draws.
    """
    usable = []
    for t, task in enumerate(tasks):
        known = [c for c in task.scored if np.isfinite(alignment[t][c])]
        if len(known) >= 4:
            usable.append((t, known))
    total = sum(len(known) for _, known in usable)
    if not usable:
        return RankCorrelation(None, None, None, None, total)
    measured = contrasts.measure(
        tasks, [Contrast(t, *pair, (c,)) for t, known in usable for c in known], scope, seed=seed
    )
    weights = np.array([len(known) - 1.0 for _, known in usable])
    rng = np.random.default_rng(seed)
    found, permuted = [], []
    for t, known in usable:
        gain, noise = _gains(measured, [Contrast(t, *pair, (c,)) for c in known])
        found.append(_spearman(alignment[t][known], np.vstack([gain, gain + noise])))
        permuted.append(_spearman(alignment[t][known], rng.permuted(np.tile(gain, (PERMUTATIONS, 1)), axis=1)))
    means = weights @ np.array(found) / weights.sum()
    rho = float(means[0])
    by_chance = np.abs(weights @ np.array(permuted) / weights.sum()) >= abs(rho) - 1e-9
    p = float((1 + by_chance.sum()) / (1 + PERMUTATIONS))
    z, *drawn = np.arctanh(np.clip(means, -0.999, 0.999)).tolist()
    sample = np.sqrt((1 + rho**2 / 2) / sum(len(known) - 3 for _, known in usable))
    se = max(float(sample), float(np.std(drawn)), abs(z) / max(float(stats.norm.isf(p / 2)), 1e-9))
    half = float(stats.norm.isf(alpha / 2)) * se
    p = float(2 * stats.norm.sf(abs(z) / se))
    return RankCorrelation(rho, float(np.tanh(z - half)), float(np.tanh(z + half)), p, total)


def _gains(measured: Measured, members: Sequence[Contrast]) -> tuple[np.ndarray, np.ndarray]:
    """Gains (C,) and 2,000 draws of their errors (2000, C)."""
    rows = measured.rows(members)
    return measured.delta[rows], measured.draws[:2000, rows] * np.sqrt(measured.variance[rows])


def _spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(B,) rank correlations of x (C,) with each row of y (B, C); ties get mean ranks, a constant side gives 0."""
    ranks_x = stats.rankdata(x) - (len(x) + 1) / 2
    ranks_y = stats.rankdata(y, axis=1) - (len(x) + 1) / 2
    scale = np.sqrt((ranks_x**2).sum() * (ranks_y**2).sum(1))
    return np.divide(ranks_y @ ranks_x, scale, out=np.zeros(len(y)), where=scale > 0)
