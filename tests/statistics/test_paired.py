"""One arm against another on validation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from kilnmix.statistics import scores
from kilnmix.statistics.paired import Paired, difference, pairable
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


def test_two_runs_that_differ_leave_one_degree_of_freedom() -> None:
    # One run is right, the other takes one of a for b. At the mean counts D_a = 3.5 and F_a = 6/7, D_b = 4.5 and F_b =
    # 8/9; the runs' parts add up to q and -q, q = 4/49 + 4/81, and only one object's answer changes, by 2 q. So
    # V_runs = V_both = q^2, and V = V_objects = 4/3 (two objects' 2/49 and 2/49 + 4/81 squared, two of 2/81).
    found = difference([[outcomes("glaze", [RIGHT, WRONG])]], "mix", "real")
    q, v = 4 / 49 + 4 / 81, 4 / 3 * ((2 / 49) ** 2 + (2 / 49 + 4 / 81) ** 2 + 2 * (2 / 81) ** 2)
    assert found.se == pytest.approx(math.sqrt(v))
    by_satterthwaite = v**2 / (v**2 / 3 + q**4 / 1 + q**4 / 3)
    assert by_satterthwaite < 1 and found.df == 1, "no less than the poorer part, the runs, has"


def test_degrees_of_freedom_lie_between_those_of_runs_and_of_objects() -> None:
    # Of six runs one takes another object for b: what differs is nearly all the objects' own. Satterthwaite's formula
    # gives 2.99, less than the poorer part, the objects, has.
    assert difference([[outcomes("glaze", [WRONG, WRONG, [0, 0, 0, 1], WRONG, WRONG, WRONG])]], "mix", "real").df == 3


def test_one_run_of_a_fold_leaves_no_interval() -> None:
    once = difference([[outcomes("glaze", [WRONG])]], "mix", "real")
    assert once.df is None and once.interval() is None
    twice = outcomes("glaze", [RIGHT, WRONG], objects=4)
    assert difference([[twice]], "mix", "real").interval() is not None
    assert difference([[twice], [outcomes("glaze", [WRONG])]], "mix", "real").interval() is None


def test_an_interval_is_as_wide_as_its_degrees_of_freedom_deserve() -> None:
    # The 97.5 % quantiles of t: 12.706 with one degree of freedom, 2.776 with four, 1.960 without end.
    for df, quantile in ((1, 12.7062), (4, 2.77645), (math.inf, 1.95996)):
        assert Paired(0.02, 0.01, df).interval() == pytest.approx(
            (0.02 - quantile / 100, 0.02 + quantile / 100), abs=1e-6
        )


def test_folds_without_a_common_seed_are_left_out() -> None:
    pair, seeds = outcomes("glaze", [WRONG, RIGHT]), {"real": (0, 1), "mix": (7, 8)}
    apart = replace(pair, seeds=seeds)
    assert pairable(pair, "mix", "real") and not pairable(apart, "mix", "real")
    assert difference([[pair], [apart]], "mix", "real") == difference([[pair]], "mix", "real")
    with pytest.raises(ValueError, match="with a seed that both have"):
        difference([[apart]], "mix", "real")
