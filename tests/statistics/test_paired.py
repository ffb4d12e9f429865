"""One arm against another on validation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kilnmix.statistics import scores
from kilnmix.statistics.paired import Paired, difference
from kilnmix.statistics.scores import TaskOutcomes


def outcomes(task: str, mix: list[list[int]], objects: int = 0) -> TaskOutcomes:
    """Two objects each of two classes; `real` is right in every run, `mix` answers as given, run by run."""
    truth = np.array([0, 0, 1, 1])
    return TaskOutcomes(
        task=task,
        classes=("a", "b"),
        scored=(0, 1),
        truth=truth,
        objects=np.arange(4) + objects,
        folds=np.zeros(4, np.int64),
        weights=np.ones(4),
        predicted={"real": np.array([[truth] * len(mix)]), "mix": np.array([mix])},
    )


RIGHT, WRONG = [0, 0, 1, 1], [0, 1, 1, 1]


def test_one_task_one_run_worked_by_hand() -> None:
    # One of a taken for b: F1 2/3 and 0.8, so the difference is 0.7333 - 1. Parts of mix at its counts: D_a = 3, D_b
    # = 5; right a: (2 - 2/3)/3/2 - (2/3)/3/2 = 1/9; wrong a: -(2/3)/3/2 - 0.8/5/2 = -0.19111; right b: (2 - 0.8)/5/2
    # - 0.08 = 0.04. Those of real are zero.
    found = difference([[outcomes("glaze", [WRONG])]], "mix", "real")
    assert found.delta == pytest.approx((2 / 3 + 0.8) / 2 - 1)
    parts = np.array([1 / 9, -1 / 9 - 0.08, 0.04, 0.04])
    assert parts.sum() == pytest.approx(0)
    assert found.se == pytest.approx(math.sqrt(4 / 3 * (parts**2).sum()))
    assert not found.beats


def test_runs_add_what_objects_do_not_explain() -> None:
    # Two runs, right and wrong: their sums differ, and the objects' own noise in runs is taken off once.
    task = outcomes("glaze", [RIGHT, WRONG])
    found = difference([[task]], "mix", "real")
    parts = scores.linearised(task, "mix", task.macro())[:, 0]
    means = parts.mean(1)
    objects = 4 / 3 * ((means - means.mean()) ** 2).sum()
    runs = parts.sum(0).var(ddof=1) / 2
    both = parts.var(axis=1, ddof=1).sum() / 2
    assert found.se == pytest.approx(math.sqrt(max(objects + runs - both, objects)))


def test_an_object_in_two_folds_is_one_object() -> None:
    twice = difference([[outcomes("glaze", [WRONG])], [outcomes("glaze", [WRONG])]], "mix", "real")
    once = difference([[outcomes("glaze", [WRONG])]], "mix", "real")
    assert (twice.delta, twice.se) == pytest.approx((once.delta, once.se))
    apart = difference([[outcomes("glaze", [WRONG])], [outcomes("glaze", [WRONG], objects=4)]], "mix", "real")
    assert apart.se < once.se


def test_tasks_are_averaged_and_arms_that_are_not_there_are_named() -> None:
    both = difference([[outcomes("glaze", [WRONG]), outcomes("kiln", [RIGHT])]], "mix", "real")
    assert both.delta == pytest.approx(((2 / 3 + 0.8) / 2 - 1) / 2)
    with pytest.raises(ValueError, match="more and real"):
        difference([[outcomes("glaze", [RIGHT])]], "more", "real")


def test_more_than_one_standard_error_is_asked_for() -> None:
    assert Paired(0.021, 0.02).beats
    assert not Paired(0.02, 0.02).beats
    assert not Paired(0.0, 0.0).beats
