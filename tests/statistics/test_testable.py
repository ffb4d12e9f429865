"""Which tasks can be tested, and how far verdicts reach."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.testable import study_scope, too_small, untestable
from kilnmix.statistics.verdicts import Rules


def answers(folds: int, adapters: int, seeds: int, objects: int = 60) -> TaskOutcomes:
    """Two classes; every run of `real` and `mix` right."""
    truth = np.arange(objects) % 2
    right = np.broadcast_to(truth, (adapters, seeds, objects)).copy()
    numbers = np.arange(objects)
    weights = np.ones(objects)
    return TaskOutcomes(
        "type", ("a", "b"), (0, 1), truth, numbers, numbers // 2 % folds, weights, {"real": right, "mix": right}
    )


@pytest.mark.parametrize(
    ("tasks", "scope"),
    [
        ([], "adapter"),
        ([answers(1, 1, 3)], "adapter"),
        ([answers(1, 3, 1)], "procedure"),
        ([answers(3, 1, 1)], "procedure"),
        ([answers(3, 1, 2), answers(1, 1, 2)], "adapter"),  # the second is testable at that scope alone
        ([answers(3, 1, 1), answers(2, 1, 1)], "procedure"),  # no scope has two runs of the second to spare
    ],
)
def test_a_study_reaches_as_far_as_its_tasks_that_can_be_tested(tasks: list[TaskOutcomes], scope: str) -> None:
    assert study_scope(tasks) == scope


def test_why_a_task_cannot_be_tested() -> None:
    rules = Rules(min_objects=40)
    assert too_small(answers(1, 1, 3), rules) is None
    assert untestable(answers(1, 1, 3), rules, "adapter") is None
    assert "30 test objects have a label" in str(too_small(answers(1, 1, 3, objects=30), rules))
    assert "each arm was trained once, so" in str(untestable(answers(1, 1, 1), rules, "adapter"))
    assert "once with every adapter" in str(untestable(answers(1, 2, 1), rules, "adapter"))
