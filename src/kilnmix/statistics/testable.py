"""Which tasks of a study can be tested, and how far its verdicts may reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kilnmix.statistics import variance
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.variance import Scope

if TYPE_CHECKING:
    from kilnmix.statistics.verdicts import Rules


def study_scope(tasks: Sequence[TaskOutcomes]) -> Scope:
    """`procedure` if every task allows it: a study has one scope.

    A task that `adapter` would not make testable either has no say: it must not keep the others from their scope."""
    asked = [
        task
        for task in tasks
        if variance.widest_scope(task) == "procedure" or variance.replicate_df(task, "adapter") >= 1
    ]
    return "procedure" if asked and all(variance.widest_scope(task) == "procedure" for task in asked) else "adapter"


def too_small(task: TaskOutcomes, rules: Rules) -> str | None:
    objects = len(task.object_classes)
    if len(task.scored) < rules.min_classes:
        return f"{len(task.scored)} of its classes have enough test objects; it takes {rules.min_classes}."
    if objects < rules.min_objects:
        return f"{objects} test objects have a label in a scored class; it takes {rules.min_objects}."
    return None


def untestable(task: TaskOutcomes, rules: Rules, scope: Scope) -> str | None:
    """Why a task cannot be tested, in one sentence, or None."""
    if variance.replicate_df(task, scope) < 1 and too_small(task, rules) is None:
        once = "each arm was trained once" if task.runs[0] == 1 else "each arm was trained once with every adapter"
        return f"{once}, so run variance cannot be told from an effect; it takes two seeds or three adapters."
    return too_small(task, rules)
