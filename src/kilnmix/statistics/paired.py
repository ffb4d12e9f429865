"""One arm against another on validation, all tasks together: the difference and its standard error.

What validation chooses is no verdict; the question is only whether a difference is larger than its own noise. So
this is plain two-way clustering (Cameron, Gelbach and Miller 2011, eq. 2.11) of the linearised difference
(`scores`), without the moderation and the families of `variance` and `intervals`: the mean over folds and tasks has
the parts

    d[i, r] = sum over the object's folds and tasks of its part in run r / (folds x tasks),

V = V_objects + V_runs - V_both, never below V_objects. Objects may be in the validation parts of several folds; runs
belong to one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.statistics import scores
from kilnmix.statistics.scores import TaskOutcomes


@dataclass(frozen=True)
class Paired:
    """Mean difference of macro-F1 over tasks and folds (a fraction) and its standard error."""

    delta: float
    se: float

    @property
    def beats(self) -> bool:
        """Whether the arm is better by more than one standard error."""
        return self.delta > self.se


def difference(folds: Sequence[Sequence[TaskOutcomes]], arm: str, reference: str) -> Paired:
    """`arm` minus `reference`; folds of tasks, those that hold no scored class or not both arms left out.

    Raises:
        ValueError: no task of any fold has both arms.
    """
    pairs = {arm, reference}
    known = [[task for task in tasks if task.scored and pairs <= task.predicted.keys()] for tasks in folds]
    known = [[task.over(task.common(arm, reference)) for task in tasks] for tasks in known if tasks]
    if not known:
        raise ValueError(f"no validation part has answers of {arm} and {reference}")
    ids = np.unique(np.concatenate([task.objects for tasks in known for task in tasks]))
    means, both, runs, delta = np.zeros(len(ids)), 0.0, 0.0, 0.0
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
            runs += float(replicates.sum(0).var(ddof=1)) / count
            both += float(replicates.var(axis=1, ddof=1).sum()) / count
    objects = len(ids) / max(len(ids) - 1, 1) * float(((means - means.mean()) ** 2).sum())
    return Paired(float(delta), math.sqrt(max(objects + runs - both, objects)))
