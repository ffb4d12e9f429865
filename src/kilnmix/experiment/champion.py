"""Which recipe the person takes away: chosen on validation alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mode

import numpy as np

from kilnmix.common.errors import UserError
from kilnmix.config import Arm
from kilnmix.statistics.paired import Paired
from kilnmix.statistics.scores import TaskOutcomes, score

REAL = "real"


def validation_scores(outcomes: Sequence[TaskOutcomes]) -> dict[str, float]:
    """Arm -> mean macro-F1 over the tasks with a scored class, and over all runs; only arms that learn all of them."""
    scored = [task for task in outcomes if task.scored]
    if not scored:
        return {}
    arms = [arm for arm in scored[0].predicted if all(arm in task.predicted for task in scored)]
    return {arm: float(np.mean([score(task, arm) for task in scored])) for arm in arms}


def mean(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean over folds, those without a scored class left out, of the score of every arm that all of them have."""
    there = [fold for fold in scores if fold]
    arms = [arm for arm in there[0] if all(arm in fold for fold in there)] if there else []
    return {arm: float(np.mean([fold[arm] for fold in there])) for arm in arms}


def choose(scores: Mapping[str, float], margins: Mapping[str, Paired]) -> str:
    """The arm of the highest validation score among those that beat `real` by more than one standard error of their
    paired difference to it; `real` where none does, and without a `real` the highest of all.

    The best of many arms is partly the luckiest, and validation is small: whoever takes the highest score takes luck.
    Of equals the one without synthetic images, then the first.

    Args:
        margins: arm -> its difference to `real`, for all arms but `real`.

    Raises:
        UserError: the validation parts hold no label at all.
    """
    if not scores:
        raise UserError("The validation parts hold no label, so no arm can be chosen. Raise collection.split.val.")
    if REAL in scores:
        scores = {arm: score for arm, score in scores.items() if arm == REAL or margins[arm].beats}
        if len(scores) > 1:
            scores = {arm: score for arm, score in scores.items() if arm != REAL}
    return max(scores, key=lambda arm: (scores[arm], arm in ("real", "real-searched"), -list(scores).index(arm)))


def steps(steps: int, everything: float, training: float) -> int:
    """For refit: as many passes over all photographs as were made over a training part, but at most twice the steps.

    Args:
        steps: of a run on a training part of `training` photographs; everything: all photographs.
    """
    return round(steps * min(max(everything / training, 1.0), 2.0))


def average(arms: Sequence[Arm], tasks: Sequence[str]) -> Arm:
    """One setting for what several folds' searches found: mean share, geometric mean of weights, for every task; of the
    classifier's settings the combination that most folds found (of equals the first). How images are used says who has
    some: the geometric mean of their weights, and the commonest allocation and mode."""

    def middle(values: Sequence[float]) -> float:
        return float(np.exp(np.mean(np.log(np.maximum(values, 1e-6)))))

    shares = {
        task: float(np.mean([arm.share.get(task, 0.0) if isinstance(arm.share, dict) else arm.share for arm in arms]))
        for task in tasks
    }
    weights = {task: middle([arm.task_weights.get(task, 1.0) for arm in arms]) for task in tasks}
    filled = [arm for arm in arms if arm.source != "none"]
    source = filled[0].source if any(shares.values()) else "none"
    of_images = (
        {
            "synthetic_weight": middle([arm.synthetic_weight for arm in filled]),
            "allocation": mode(arm.allocation for arm in filled),
            "mode": mode(arm.mode for arm in filled),
        }
        if filled
        else {}
    )
    kinds = [arm.classifier for arm in arms]
    kind = max(kinds, key=lambda one: sum({**one, "mix_alpha": 0} == {**other, "mix_alpha": 0} for other in kinds))
    return arms[0].model_copy(
        update={
            "source": source,
            "share": shares if source != "none" else 0.0,
            "task_weights": weights,
            "classifier": kind,
            **of_images,
        }
    )
