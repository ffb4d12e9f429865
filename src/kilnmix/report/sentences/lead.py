"""The arm that a task's sentence speaks of, its lead:

1. of the arms that help, the one that gains most;
2. else of those that harm, the one that loses most;
3. else of the undecided arms, the one that is nearest to a decision: whose difference is largest beside its interval;
4. else, where all are equivalent, the one that differs most.
"""

from __future__ import annotations

from kilnmix.statistics.decision import within
from kilnmix.statistics.verdicts import ArmVerdict, TaskVerdict

ORDER = ("helps", "harms", "undecided", "equivalent", "untestable")
"""Verdicts in the order in which they are reported."""


def primary(task: TaskVerdict) -> list[ArmVerdict]:
    """The verdicts that the study answers for, in their order."""
    return [arm for arm in task.arms.values() if arm.comparison.primary]


def lead(task: TaskVerdict) -> ArmVerdict | None:
    """The lead of a task; None where nothing can be tested."""
    arms = [arm for arm in primary(task) if arm.vs_real is not None]

    def of(verdict: str) -> list[ArmVerdict]:
        return [arm for arm in arms if arm.verdict == verdict]

    if of("helps"):
        return max(of("helps"), key=_delta)
    if of("harms"):
        return min(of("harms"), key=_delta)
    if of("undecided"):
        return max(of("undecided"), key=_nearness)
    return max(of("equivalent"), key=lambda arm: abs(_delta(arm)), default=None)


def repeats_do_as_much(arm: ArmVerdict, margin: float) -> bool:
    """Whether an undecided arm is better than its reference, and its control within the margin of it: the gain is that
    of the extra slots, which the study could tell."""
    better = arm.verdict == "undecided" and arm.vs_real is not None and arm.vs_real.significant_side > 0
    return better and arm.vs_repeat is not None and within(arm.vs_repeat, margin)


def _nearness(arm: ArmVerdict) -> float:
    """The difference over half the width of its interval: from 1 on, the interval lies on one side of 0."""
    difference = arm.vs_real
    if difference is None or difference.high <= difference.low:
        return 0.0
    return abs(difference.delta) / ((difference.high - difference.low) / 2)


def _delta(arm: ArmVerdict) -> float:
    return arm.vs_real.delta if arm.vs_real else 0.0
