"""Looks on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from kilnmix.statistics import decision, looks
from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.looks import Closed, LookPlan, deciding, first_seeds, intersected, sequential
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import ArmVerdict, Comparison, Rules, StudyVerdict, TaskVerdict

PLAN = LookPlan((1, 2, 4), (0.01, 0.015, 0.025))
MIX = Comparison("mix", "real", None)


def difference(delta: float, half: float, se: float = 0.01, p: float = 0.2, df: float = 1e6) -> Difference:
    return Difference(delta, delta - half, delta + half, p, se, df, p, half / se)


def outcomes(name: str = "glaze", seeds: int = 4, **arms: int) -> TaskOutcomes:
    """One adapter; run s of every arm answers s % 2 everywhere. Arms named get fewer seeds."""
    counts = {"real": seeds, "mix": seeds, **arms}
    return TaskOutcomes(
        task=name,
        classes=("a", "b"),
        scored=(0, 1),
        truth=np.array([0, 1]),
        objects=np.array([0, 1]),
        folds=np.zeros(2, np.int64),
        weights=np.ones(2),
        predicted={arm: (np.arange(n) % 2)[None, :, None].repeat(2, axis=2) for arm, n in counts.items()},
        seeds={arm: tuple(range(n)) for arm, n in counts.items()} if arms else {},
    )


def reader(script: Mapping[int, Sequence[Difference]]) -> Any:
    """What reads a look: the scripted differences, by number of seeds and task."""

    def compare(tasks: Sequence[TaskOutcomes], comparisons: Sequence[Comparison], rules: Rules) -> StudyVerdict:
        told = []
        for task, found in zip(tasks, script[task_seeds(tasks)], strict=True):
            name = decision.decide(found, None, rules.margin, controlled=False)
            arm = ArmVerdict(MIX, 0.5, 0.5, found, None, None, name, False, "as read.")
            told.append(TaskVerdict(task.task, ("a", "b"), 2, {"real": 0.5, "mix": 0.5}, {"mix": arm}))
        return StudyVerdict("adapter", rules, 1.0, tuple(told))

    def task_seeds(tasks: Sequence[TaskOutcomes]) -> int:
        return max(task.runs[1] for task in tasks)

    return compare


def test_a_look_reads_the_first_seeds_of_every_arm() -> None:
    task = first_seeds(outcomes(mix=2), (0, 1, 2))
    assert {arm: block.shape for arm, block in task.predicted.items()} == {"real": (1, 3, 2), "mix": (1, 2, 2)}
    assert task.common("real", "mix") == (0, 1)
    assert first_seeds(outcomes(), (0, 1)).seeds == {}
    assert first_seeds(outcomes(), (0, 1)).runs == (1, 2)


def test_a_comparison_closes_at_the_first_look_that_decides_it_and_stays_closed() -> None:
    script = {
        1: [difference(0.05, 0.08), difference(0.001, 0.015)],
        2: [difference(0.05, 0.04), difference(0.09, 0.01)],
        4: [difference(0.00, 0.03), difference(0.09, 0.01)],
    }
    found = sequential([outcomes("glaze"), outcomes("kiln")], [MIX], PLAN, compare=reader(script))
    glaze, kiln = (task.arms["mix"] for task in found.verdict.tasks)
    assert (glaze.verdict, kiln.verdict) == ("helps", "equivalent")
    assert found.closed == {("glaze", "mix"): Closed(1, "helps"), ("kiln", "mix"): Closed(0, "equivalent")}
    # The interval of look 2, [0.01, 0.09], within that of look 1, [-0.03, 0.13].
    assert (glaze.vs_real.low, glaze.vs_real.high) == pytest.approx((0.01, 0.09))  # type: ignore[union-attr]
    assert kiln.vs_real.delta == 0.001  # type: ignore[union-attr]


def test_looks_that_narrow_an_interval_from_both_sides_decide_together() -> None:
    script = {
        1: [difference(-0.005, 0.02)],  # [-0.025, 0.015]
        2: [difference(0.005, 0.024)],  # [-0.019, 0.029]: neither lies within two points, what both leave does
        4: [difference(0.005, 0.024)],
    }
    found = sequential([outcomes()], [MIX], PLAN, compare=reader(script))
    verdict = found.verdict.tasks[0].arms["mix"]
    assert (verdict.verdict, verdict.within_margin) == ("equivalent", True)
    assert found.closed["glaze", "mix"] == Closed(1, "equivalent")
    assert (verdict.vs_real.low, verdict.vs_real.high) == pytest.approx((-0.019, 0.015))  # type: ignore[union-attr]


def test_p_values_are_the_studys_and_the_levels_must_sum_to_alpha() -> None:
    # At look 1 p = 0.004 of a level of 0.01: 0.02 of 0.05.
    script = {1: [difference(0.05, 0.08, p=0.004)], 2: [difference(0.05, 0.08, p=0.3)], 4: [difference(0.0, 0.08, p=1)]}
    found = sequential([outcomes()], [MIX], PLAN, compare=reader(script))
    assert found.verdict.tasks[0].arms["mix"].vs_real.p == pytest.approx(0.02)  # type: ignore[union-attr]
    assert found.verdict.rules.alpha == 0.05
    with pytest.raises(ValueError, match=r"sum to 0\.04"):
        sequential([outcomes()], [MIX], LookPlan((2, 4), (0.02, 0.02)), compare=reader(script))


def test_intervals_that_share_nothing_leave_the_newer() -> None:
    assert intersected(difference(0.1, 0.01), difference(0.0, 0.01)).high == 0.01


def test_arms_are_needed_as_long_as_a_comparison_of_theirs_is_open() -> None:
    comparisons = [
        Comparison("mix", "real", "repeat"),
        Comparison("more", "real", "repeat-more"),
        Comparison("other", "real", None, primary=False),
    ]
    arms = {c.arm: ArmVerdict(c, 0.5, 0.5, difference(0, 1), None, None, "undecided", False, "") for c in comparisons}
    tasks = tuple(TaskVerdict(name, ("a", "b"), 2, {}, arms) for name in ("glaze", "kiln"))
    study = StudyVerdict("adapter", Rules(), 1.0, tasks)
    half = {("glaze", "mix"): Closed(0, "helps"), ("kiln", "mix"): Closed(0, "futile")}
    some = looks.SequentialVerdict(PLAN, study, half, 1)
    assert some.open_arms(comparisons) == {"more", "real", "repeat-more", "other"}
    every = half | {(task, "more"): Closed(0, "equivalent") for task in ("glaze", "kiln")}
    assert looks.SequentialVerdict(PLAN, study, every, 1).open_arms(comparisons) == set()


def test_futility_is_the_chance_of_a_decision_at_the_last_look() -> None:
    # One of four seeds, at less than the last look's level. Estimate 0.01, standard error 0.02; the last look has at
    # best 0.02 sqrt(1/4) = 0.01, and the estimate moves by 0.02 sqrt(3/4). Two-sided level 0.02, then 0.03.
    plan = LookPlan((1, 4), (0.02, 0.03))
    given = Difference(0.01, -1, 1, 0.5, 0.02, 1e7, 0.5, float(stats.norm.isf(0.01)))
    arm = ArmVerdict(MIX, 0.5, 0.5, given, None, None, "undecided", False, "")
    half = stats.norm.isf(0.015) * 0.01
    law = stats.norm(0.01, 0.02 * math.sqrt(3 / 4))
    assert half > 0.02  # too wide to lie within a margin of two points
    assert deciding(arm, plan, 0, 0.02) == pytest.approx(law.sf(half) + law.cdf(-half), rel=1e-6)
    # With a margin of five points it may also end within it: the estimate then lies within 0.05 - half of zero.
    room = 0.05 - half
    within = law.cdf(room) - law.cdf(-room)
    assert deciding(arm, plan, 0, 0.05) == pytest.approx(law.sf(half) + law.cdf(-half) + within, rel=1e-6)
    # A control that will hardly be beaten leaves harm alone.
    beaten = replace(arm, vs_repeat=replace(given, delta=-0.2))
    assert deciding(beaten, plan, 0, 0.02) == pytest.approx(law.cdf(-half), rel=1e-4)


def test_a_futile_comparison_is_given_up_undecided() -> None:
    plan = LookPlan((1, 4), (0.02, 0.03), futility=0.2)
    hopeless, hopeful = difference(0.0, 0.028, se=0.01), difference(0.02, 0.028, se=0.01)
    script = {1: [hopeless, hopeful], 4: [hopeless, hopeful]}
    found = sequential(
        [outcomes("glaze"), outcomes("kiln")], [MIX], plan, compare=reader(script), rules=Rules(margin=0.005)
    )
    assert found.closed == {("glaze", "mix"): Closed(0, "futile")}
    assert found.verdict.tasks[0].arms["mix"].verdict == "undecided"


@pytest.mark.parametrize(
    ("seeds", "alpha", "said"),
    [((3, 5), (0.05,), "each"), ((5, 3), (0.02, 0.03), "rise"), ((3, 5), (0.0, 0.05), "above 0")],
)
def test_plans_that_do_not_hang_together_are_refused(
    seeds: tuple[int, ...], alpha: tuple[float, ...], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        LookPlan(seeds, alpha)
