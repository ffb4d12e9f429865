"""Learning curves: arms that differ in their number of photographs alone, and how sure each point is. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import stats

from kilnmix.config import Arm
from kilnmix.statistics import contrasts, moderation, scores, variance
from kilnmix.statistics.contrasts import Contrast
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.variance import Scope


def curves(arms: Mapping[str, Arm]) -> dict[str, tuple[str, ...]]:
    """The arm with all photographs -> the arms of its curve, itself the last, by their share of the photographs.

    Arms that no other differs from in its photographs alone have no curve.
    """
    whole = {name: arm for name, arm in arms.items() if arm.photographs == 1}
    found: dict[str, tuple[str, ...]] = {}
    for name, arm in whole.items():
        points = [
            other for other in arms if arms[other].model_copy(update={"photographs": 1.0, "seeds": arm.seeds}) == arm
        ]
        smaller = [other for other in points if arms[other].photographs < 1]
        if smaller and name not in {each for names in found.values() for each in names}:
            found[name] = (*sorted(smaller, key=lambda other: arms[other].photographs), name)
    return found


def score_interval(
    outcomes: TaskOutcomes, arm: str, scope: Scope, alpha: float = 0.05
) -> tuple[float, float, float] | None:
    """(score, low, high) of an arm's macro-F1 by itself: the two-way clustered t interval of `variance`, without
    borrowing from other arms, as far as a score can reach. None where the task has no scored class or no replicates."""
    if not outcomes.scored:
        return None
    outcomes = outcomes.over(outcomes.seeds_of(arm))
    if variance.replicate_df(outcomes, scope) < 1:
        return None
    parts = scores.linearised(outcomes, arm, outcomes.macro())[None]
    components = variance.decompose(parts, outcomes, scope, outcomes.macro()[None])
    found = moderation.two_way(components, moderation.alone(components))
    half = float(stats.t.isf(alpha / 2, found.df[0]) * np.sqrt(found.value[0]))
    middle = scores.score(outcomes, arm)
    return middle, max(middle - half, 0.0), min(middle + half, 1.0)


def gap_interval(
    outcomes: TaskOutcomes, arm: str, reference: str, scope: Scope, alpha: float = 0.05
) -> tuple[float, float] | None:
    """(low, high) of an arm's macro-F1 minus the reference's, run by run of the same seed, for this difference alone.
    None where the task has no scored class or no replicates."""
    if not outcomes.scored or not contrasts.measurable(outcomes, arm, reference, scope):
        return None
    if arm == reference:
        return 0.0, 0.0
    found = contrasts.measure([outcomes], [Contrast(0, arm, reference)], scope)
    half = float(stats.t.isf(alpha / 2, found.df[0]) * np.sqrt(found.variance[0]))
    return float(found.delta[0]) - half, float(found.delta[0]) + half
