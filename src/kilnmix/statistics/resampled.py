"""The corrected resampled t: how far a difference would move with other training photographs too.

The intervals of the verdict take the collection's photographs as given; folds share most of them. As a check on that,
the differences of the F folds are read as draws whose training parts overlap: with s^2 their variance,

    V = (1 / F + 1 / (F - 1)) s^2,   t with F - 1 degrees of freedom,

1 / (F - 1) being the ratio of test to training objects (Nadeau and Bengio 2003, "Inference for the generalization
error"; Bouckaert and Frank 2004 for cross-validation).
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from kilnmix.statistics import scores
from kilnmix.statistics.scores import TaskOutcomes


def interval(task: TaskOutcomes, arm: str, reference: str, alpha: float) -> tuple[float, float] | None:
    """(low, high) of the macro-F1 of `arm` minus `reference`, for this difference alone; None with one fold.

    A fold's difference is linearised at the counts of all folds, so that a class need not be in every fold.
    """
    folds = np.unique(task.object_folds)
    if len(folds) < 2:
        return None
    task = task.over(task.common(arm, reference))
    weights = task.macro()
    delta = scores.score(task, arm) - scores.score(task, reference)
    parts = scores.linearised(task, arm, weights) - scores.linearised(task, reference, weights)
    means = parts.mean(axis=(1, 2))
    by_fold = len(folds) * np.array([means[task.object_folds == fold].sum() for fold in folds])
    variance = (1 / len(folds) + 1 / (len(folds) - 1)) * by_fold.var(ddof=1)
    half = float(stats.t.isf(alpha / 2, len(folds) - 1) * np.sqrt(variance))
    return delta - half, delta + half
