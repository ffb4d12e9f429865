"""One arm against another on validation, all tasks together: the difference and its standard error.

What validation chooses is no verdict; the question is only whether a difference is larger than its own noise. So
this is plain two-way clustering (Cameron, Gelbach and Miller 2011, eq. 2.11) of the linearised difference
(`scores`), without the moderation and the families of `variance` and `intervals`: the mean over folds and tasks has
the parts

    d[i, r] = sum over the object's folds and tasks of its part in run r / (folds x tasks),

V = V_objects + V_runs - V_both, never below V_objects. Objects may be in the validation parts of several folds; runs
belong to one.

Intervals are t intervals. The degrees of freedom follow Satterthwaite (1946): with n objects and R_f runs of fold f,

    df = V^2 / (V_objects^2 / (n - 1) + sum_f (V_runs,f^2 / (R_f - 1) + V_both,f^2 / ((n - 1) (R_f - 1)))),

at least those of the poorer part and at most n - 1. Two runs have one degree of freedom: where they are most of the
variance, t is 12.7 and not 1.96. One run does not tell how far runs differ: where a fold has one alone, there is no
interval, and its part of the standard error is that of objects.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from kilnmix.statistics import scores
from kilnmix.statistics.scores import TaskOutcomes


@dataclass(frozen=True)
class Paired:
    """Mean difference of macro-F1 over tasks and folds (a fraction), its standard error and degrees of freedom; None
    of these where a fold has one run."""

    delta: float
    se: float
    df: float | None = math.inf

    @property
    def beats(self) -> bool:
        """Whether the arm is better by more than one standard error."""
        return self.delta > self.se

    def interval(self, alpha: float = 0.05) -> tuple[float, float] | None:
        """Both ends of the t interval of level 1 - alpha; None where a fold has one run."""
        if self.df is None:
            return None
        reach = float(stats.t.isf(alpha / 2, self.df)) * self.se
        return self.delta - reach, self.delta + reach


def pairable(task: TaskOutcomes, arm: str, reference: str) -> bool:
    """Whether both arms answered, with one seed at least that both have: runs of other seeds are no pairs."""
    return {arm, reference} <= task.predicted.keys() and bool(task.common(arm, reference))


def difference(folds: Sequence[Sequence[TaskOutcomes]], arm: str, reference: str) -> Paired:
    """`arm` minus `reference`; folds of tasks, those that hold no scored class or not both arms left out, or not with a
    seed that both have (`pairable`).

    Raises:
        ValueError: no task is left.
    """
    kept = [[task for task in tasks if task.scored and pairable(task, arm, reference)] for tasks in folds]
    known = [[task.over(task.common(arm, reference)) for task in tasks] for tasks in kept if tasks]
    if not known:
        raise ValueError(f"no validation part has answers of {arm} and {reference} with a seed that both have")
    ids = np.unique(np.concatenate([task.objects for tasks in known for task in tasks]))
    means, both, runs, delta = np.zeros(len(ids)), 0.0, 0.0, 0.0
    most = max(len(ids) - 1, 1)
    spread, least = 0.0, float(most)
    for tasks in known:
        adapters, seeds = tasks[0].runs
        parts = np.zeros((len(ids), adapters, seeds))
        for task in tasks:
            macro, scale = task.macro(), 1 / (len(tasks) * len(known))
            rows = np.searchsorted(ids, np.unique(task.objects[task.kept]))
            own = scores.linearised(task, arm, macro) - scores.linearised(task, reference, macro)
            np.add.at(parts, rows, own * scale)
            delta += (scores.score(task, arm) - scores.score(task, reference)) * scale
        means += parts.mean((1, 2))
        # Adapters are the replicates where there are several, since all seeds of one share its pool.
        replicates = parts.mean(2) if adapters > 1 else parts[:, 0]
        count = replicates.shape[1]
        if count > 1:
            summed = float(replicates.sum(0).var(ddof=1)) / count
            single = float(replicates.var(axis=1, ddof=1).sum()) / count
            runs, both = runs + summed, both + single
            spread += (summed**2 + single**2 / most) / (count - 1)
        least = min(least, count - 1)
    objects = len(ids) / most * float(((means - means.mean()) ** 2).sum())
    value = max(objects + runs - both, objects)
    spread += objects**2 / most
    if least == 0:
        return Paired(float(delta), math.sqrt(value), None)
    df = value**2 / spread if spread > 0 else most
    return Paired(float(delta), math.sqrt(value), min(max(df, least), most))
