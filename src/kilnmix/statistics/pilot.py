"""Variances from a pilot, and nothing but variances: no difference of means can be read here.

A pilot is a small study whose trainings predict their validation parts. Each difference is linearised object by object
(`scores.linearised`); these parts sum to zero over objects and runs, whatever the difference is, and all that is read
of them are deviations from the means of classes, adapters and runs. So the plan made from it does not change when the
two arms change places or all of an arm's parts move by a constant, and a test holds it to that. (What an earlier look
at *differences* would do to a later verdict, variances do not: Gould and Shih 1992; Friede and Kieser 2006.)

Nested analysis of variance, class by class, by the method of moments (Searle, Casella and McCulloch 1992, ch. 4). For
one fold e[i, a, s] is n_c C times the part of object i of class c, so that a class's mean T of e is its difference of
F1, and D = sum_c T_c / C that of macro-F1:

    os = mean square of e - e_ia. - T_cas + T_ca.             what a run does to an object
    oa + os/S = mean square of e_ia. - e_i.. - T_ca. + T_c..  what an adapter does to an object
    o  = var(e_i..) - (oa + os/S) / A                         objects of a class
    ss^2 = var_s(D) - what os leaves in it,   sa^2 = var_a(D_a.) - ss^2/S - what oa and os leave in it.

A pilot knows the last two badly: two adapters are one degree of freedom. So run variance is looked at class by
class, as in `variance`, times the ratio of D's run variance to that of its classes over all tasks (at least one);
and each task leans on all, its run variance in units of what a run does to single objects, by `LEAN_DF` degrees of
freedom. What objects add is read class by class, without leaning: a large class loses more by a wrong answer, which
falls to a small one's charge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.statistics import scores, variance
from kilnmix.statistics.budget import Objects, TaskVariance
from kilnmix.statistics.scores import TaskOutcomes

LEAN_DF = 32.0
MOST_SHARED = 4.0
"""The ratio of D's run variance to that of its classes is not believed to be larger: a pilot hardly knows it."""


@dataclass(frozen=True)
class Moments:
    """What one contrast of one fold, or the mean over several, shows. Variances are not cut at zero.

    Attributes:
        classes: number C of classes.
        own, by_adapter, by_seed: class -> o, oa, os of its objects, in squared units of the class's F1.
        seed, adapter: (variance of D over runs, the same summed class by class as if classes had nothing in common);
        adapter None: one adapter. tails: degrees of freedom of the objects' variance for each object less its class.
        classwise: degrees of freedom of class-wise variances for each of the replicates'.
        df: class-wise degrees of freedom of `seed` and of `adapter`.
    """

    task: str
    classes: float
    own: Mapping[str, float]
    by_adapter: Mapping[str, float]
    by_seed: Mapping[str, float]
    seed: tuple[float, float]
    adapter: tuple[float, float] | None
    tails: float
    classwise: float
    df: tuple[float, float]

    @property
    def unit(self) -> float:
        """What a run does to one object of each class, in squared units of D."""
        return sum(self.by_seed.values()) / max(len(self.by_seed), 1) / self.classes


@dataclass(frozen=True)
class PilotVariance:
    """What is taken from the pilot for one task: `moments`, and the variances sa^2 (None: one adapter) and ss^2."""

    moments: Moments
    adapter: float | None
    seed: float


def read(tasks: Sequence[Sequence[TaskOutcomes]], pairs: Sequence[tuple[str, str]]) -> list[PilotVariance]:
    """The variances of all tasks that the pilot tells of.

    Args:
        tasks: for each task its folds; pairs: (arm, reference), those left out that a fold has not.

    Returns:
        Tasks with a pair that was trained twice with an adapter, and two classes with objects.
    """
    found = [moments for folds in tasks for moments in [_task(folds, pairs)] if moments is not None]
    seed = _pooled([m.seed for m in found], [m.unit for m in found])
    tuned = [m for m in found if m.adapter is not None]
    adapter = _pooled([m.adapter for m in tuned if m.adapter is not None], [m.unit for m in tuned])
    shared = _shared([m.seed for m in found] + [m.adapter for m in tuned if m.adapter is not None])

    def combined(own: float, common: float, unit: float, df: float) -> float:
        return max(shared * (LEAN_DF * common * unit + df * own) / (LEAN_DF + df), 0.0)

    return [
        PilotVariance(
            moments=m,
            adapter=None if m.adapter is None else combined(m.adapter[1], adapter, m.unit, m.df[1]),
            seed=combined(m.seed[1], seed, m.unit, m.df[0]),
        )
        for m in found
    ]


def _pooled(variances: Sequence[tuple[float, float]], units: Sequence[float]) -> float:
    """Class-wise run variance in units of what a run does to objects, over all tasks."""
    total = sum(units)
    return max(sum(classwise for _, classwise in variances) / total, 0.0) if total > 0 else 0.0


def _shared(variances: Sequence[tuple[float, float]]) -> float:
    whole, classwise = sum(each[0] for each in variances), sum(each[1] for each in variances)
    return min(max(whole / classwise, 1.0), MOST_SHARED) if classwise > 0 else 1.0


def _task(folds: Sequence[TaskOutcomes], pairs: Sequence[tuple[str, str]]) -> Moments | None:
    """The mean over a task's folds and contrasts."""
    found = [
        components(_parts(known, arm, reference), known)
        for task in folds
        for arm, reference in pairs
        if {arm, reference} <= task.predicted.keys() and len(task.scored) > 1
        for seeds in [task.common(arm, reference)]
        if len(seeds) > 1
        for known in [task.over(seeds)]
    ]
    if not found:
        return None
    names = list(dict.fromkeys(name for each in found for name in each.own))

    def mean(key: str) -> dict[str, float]:
        values = {name: [getattr(e, key)[name] for e in found if name in getattr(e, key)] for name in names}
        return {name: float(np.mean(given)) for name, given in values.items()}

    adapters = [each.adapter for each in found if each.adapter is not None]
    first, second = np.mean([each.seed for each in found], axis=0)
    df = np.mean([each.df for each in found], axis=0) * len(folds)
    return Moments(
        task=found[0].task,
        classes=float(np.mean([each.classes for each in found])),
        own=mean("own"),
        by_adapter=mean("by_adapter"),
        by_seed=mean("by_seed"),
        seed=(float(first), float(second)),
        adapter=(float(np.mean([a for a, _ in adapters])), float(np.mean([b for _, b in adapters])))
        if adapters
        else None,
        tails=float(np.mean([each.tails for each in found])),
        classwise=float(np.mean([each.classwise for each in found])),
        df=(float(df[0]), float(df[1])),
    )


def _parts(task: TaskOutcomes, arm: str, reference: str) -> np.ndarray:
    macro = task.macro()
    return scores.linearised(task, arm, macro) - scores.linearised(task, reference, macro)


def components(parts: np.ndarray, task: TaskOutcomes) -> Moments:
    """The variances of one contrast of one fold; parts: (n, A, S) float64, S at least 2."""
    _, adapters, seeds = parts.shape
    strata, count = task.object_classes, len(task.scored)
    own, by_adapter, by_seed, sizes = {}, {}, {}, {}
    left = np.zeros(2)  # in the variances of runs and of adapters, by the objects
    summed = np.zeros(2)  # variances of runs and of adapters, class by class
    for c in task.scored:
        e = parts[strata == c] * (strata == c).sum() * count
        n = sizes[c] = len(e)
        if n < 2:
            continue
        means, adapter_means = e.mean((1, 2)), e.mean(2)
        runs, run_means = e.mean(0), e.mean((0, 2))
        within = e - adapter_means[:, :, None] - runs + run_means[:, None]
        by_seed[c] = float((within**2).sum() / ((n - 1) * adapters * (seeds - 1)))
        across = adapter_means - means[:, None] - run_means + e.mean()
        mixed = float((across**2).sum() / ((n - 1) * (adapters - 1))) if adapters > 1 else by_seed[c] / seeds
        by_adapter[c] = mixed - by_seed[c] / seeds
        own[c] = float(means.var(ddof=1)) - mixed / adapters
        left += np.array([by_seed[c], mixed]) / n / count**2
        summed[0] += float(runs.var(axis=1, ddof=1).mean()) / count**2
        summed[1] += float(run_means.var(ddof=1)) / count**2 if adapters > 1 else 0.0
    totals = parts.sum(0)
    seed = float(totals.var(axis=1, ddof=1).mean()) - left[0], float(summed[0] - left[0])
    adapter = None
    if adapters > 1:
        whole = float(totals.mean(1).var(ddof=1)) - left[1] - seed[0] / seeds
        adapter = float(whole), float(summed[1] - left[1] - seed[1] / seeds)
    found = variance.decompose(parts[None], task, "adapter")
    freedom = max(sum(n - 1 for n in sizes.values() if n > 1), 1)
    classwise = max(float(found.df_classwise[0]) / found.df_replicates, 1.0)
    names = task.classes
    return Moments(
        task=task.task,
        classes=count,
        own={names[c]: value for c, value in own.items()},
        by_adapter={names[c]: value for c, value in by_adapter.items()},
        by_seed={names[c]: value for c, value in by_seed.items()},
        seed=seed,
        adapter=adapter,
        tails=min(float(found.df_objects[0]) / freedom, 1.0),
        classwise=classwise,
        df=(adapters * (seeds - 1) * classwise, (adapters - 1) * classwise),
    )


def planned(found: PilotVariance, tested: Mapping[int, Mapping[str, int]]) -> TaskVariance:
    """The pilot's variances carried over to the objects that a study would test.

    The variance of folds, sf^2, is left at 0: a pilot of few folds cannot tell it, and neither can the study's
    intervals, whose scope is this collection.

    Args:
        tested: number of folds -> class -> test objects, scored classes only; a class that the pilot has not seen is
            given the mean of those that it has; one that it has seen once counts as not seen.
    """
    # What each class draws for itself shrinks in the mean over more classes.
    scale = found.moments.classes / max(float(np.mean([len(counts) for counts in tested.values()])), 1.0)
    return TaskVariance(
        task=found.moments.task,
        objects={folds: _objects(found.moments, counts) for folds, counts in tested.items()},
        fold=0.0,
        adapter=None if found.adapter is None else found.adapter * scale,
        seed=found.seed * scale,
        classwise=found.moments.classwise,
    )


def _objects(found: Moments, counts: Mapping[str, int]) -> Objects:
    def total(values: Mapping[str, float]) -> float:
        mean = float(np.mean(list(values.values())))
        # Single classes may be below zero by luck; it is their sum that cannot be.
        return max(sum(values.get(name, mean) / n for name, n in counts.items()) / len(counts) ** 2, 0.0)

    # One object in all that differs by luck, spread over the classes: no variance seen is not none.
    whole = sum(counts.values())
    least = sum(n / whole / (len(counts) * n) ** 2 for n in counts.values())
    own, df = total(found.own), max(found.tails * sum(n - 1 for n in counts.values()), 1.0)
    df = (own + least) ** 2 / (own**2 / df + least**2 / variance.PSEUDO_DF)
    return Objects(own + least, total(found.by_adapter), total(found.by_seed), df)
