"""The arm that a task's sentence speaks of, its lead:

1. of the arms that help, the one that gains most;
2. else of those that harm, the one that loses most;
3. else of the undecided arms, the one with the smallest detectable effect;
4. else, where all are equivalent, the one that differs most.
"""

from __future__ import annotations

import math

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
        return min(of("undecided"), key=lambda arm: arm.detectable if arm.detectable is not None else math.inf)
    return max(of("equivalent"), key=lambda arm: abs(_delta(arm)), default=None)


def _delta(arm: ArmVerdict) -> float:
    return arm.vs_real.delta if arm.vs_real else 0.0
