"""The learning curves that the arms make up."""

from __future__ import annotations

import numpy as np

from kilnmix.collection.prepared import Prepared
from kilnmix.config import Params
from kilnmix.experiment import learning_curve as learning
from kilnmix.report.inputs import CurvePoint
from kilnmix.report.languages.names import REAL
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import StudyVerdict


def curve_points(
    params: Params, photographs: Prepared, verdict: StudyVerdict, outcomes: tuple[TaskOutcomes, ...]
) -> list[CurvePoint]:
    """Every point that has a score, objects counted as the mean over folds."""
    parts = [photographs.objects[photographs.members(fold, "train")] for fold in params.folds]
    objects = np.mean([len(np.unique(part)) for part in parts])
    scope, alpha = verdict.scope, verdict.rules.alpha
    points = []
    for task in outcomes:
        for series, arms in learning.curves(params.arms).items():
            for arm in arms:
                if arm not in task.predicted:
                    continue
                score = learning.score_interval(task, arm, scope, alpha)
                if score is None:
                    continue
                gap = learning.gap_interval(task, arm, REAL, scope, alpha) if REAL in task.predicted else None
                count = int(params.arms[arm].photographs * objects + 0.5)
                points.append(CurvePoint(task.task, series, count, *score, gap=gap))
    return points
