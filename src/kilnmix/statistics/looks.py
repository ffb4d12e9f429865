"""Looks on the way: a study that is read several times, by a plan that was made beforehand.

Every look k reads the first n_k classifier seeds by the usual rules at a level of its own, alpha_k; the levels add up
to the study's. By the union bound any wrong `helps` or `harms` at any look then has at most that probability, whatever
the looks have in common: no independence is asked for, and none is there, since all looks share their test objects. For
the same reason all intervals of all looks hold together with 1 - alpha, so a comparison is told with their
intersection.

A comparison is closed for a task by `helps`, `harms` or `equivalent`, and, non-binding, when it is futile: when hardly
any end of the study would decide it. It keeps the verdict of the look that closed it. Every look's family holds all
planned comparisons, closed or not: a smaller one, chosen by its results, would not hold its level.

Futility is judged by the law of the last estimate given the one at hand (as in conditional power, Lan and Wittes 1988,
with the estimate's own uncertainty as in Spiegelhalter, Freedman and Blackburn 1986), at the most hopeful variance that
more seeds could leave: V n_k / n_last, as if all of V were run variance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from kilnmix.statistics import decision, verdicts
from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import ArmVerdict, Comparison, Rules, StudyVerdict

CLOSING = ("helps", "harms", "equivalent")
FUTILE = "futile"


@dataclass(frozen=True)
class LookPlan:
    """When the study is looked at.

    Attributes:
        seeds: n_k, how many of each adapter's classifier seeds look k reads; rising, the last one all.
        alpha: alpha_k, the level of look k; they sum to the study's.
        futility: a comparison is given up when its probability to be decided at the last look is below this; 0: never.

    Raises:
        ValueError: numbers that do not fit together.
    """

    seeds: tuple[int, ...]
    alpha: tuple[float, ...]
    futility: float = 0.0

    def __post_init__(self) -> None:
        if not self.seeds or len(self.seeds) != len(self.alpha):
            raise ValueError("looks take a number of seeds and a level each")
        if list(self.seeds) != sorted(set(self.seeds)) or self.seeds[0] < 1:
            raise ValueError("the numbers of seeds rise from look to look")
        if min(self.alpha) <= 0:
            raise ValueError("every look takes a level above 0")

    def __str__(self) -> str:
        looks = ", ".join(f"{count} seeds at {alpha:g}" for count, alpha in zip(self.seeds, self.alpha, strict=True))
        return f"{looks}; futile below {self.futility:g}"


@dataclass(frozen=True)
class Closed:
    """What closed a comparison for a task: the look (from 0) and the verdict, or `futile`."""

    look: int
    why: str


@dataclass(frozen=True)
class SequentialVerdict:
    """The looks of `plan` that have been taken.

    Attributes:
        verdict: each comparison as the look that closed it left it, or the last one taken; intervals intersected.
        closed: (task, arm) -> what closed it, primary comparisons only.
        taken: how many looks were taken.
    """

    plan: LookPlan
    verdict: StudyVerdict
    closed: Mapping[tuple[str, str], Closed]
    taken: int

    def to_json(self) -> dict[str, Any]:
        """The plan, and task -> arm -> the look (from 0) that closed a primary comparison, and why."""
        closed: dict[str, dict[str, Any]] = {}
        for (task, arm), found in self.closed.items():
            closed.setdefault(task, {})[arm] = {"look": found.look, "why": found.why}
        plan = {"seeds": list(self.plan.seeds), "alpha": list(self.plan.alpha), "futility": self.plan.futility}
        return {**plan, "taken": self.taken, "closed": closed}

    def open_arms(self, comparisons: Sequence[Comparison]) -> set[str]:
        """Arms that a further look needs: those of primary comparisons that are open for some task, with their
        references and controls; and while there is one, the arms of all secondary comparisons."""
        tasks = [task for task in self.verdict.tasks if any(a.verdict != "untestable" for a in task.arms.values())]
        there = {(task.task, arm) for task in tasks for arm in task.arms}
        still = [
            c for c in comparisons if c.primary and any((t.task, c.arm) in there - self.closed.keys() for t in tasks)
        ]
        needed = still + [c for c in comparisons if not c.primary] if still else []
        return {arm for c in needed for arm in (c.arm, c.reference, c.control) if arm is not None}


def first_seeds(task: TaskOutcomes, seeds: Sequence[int]) -> TaskOutcomes:
    """The outcomes with those of each arm's runs whose seed is among `seeds`; arms that have none are left out."""
    kept = {arm: [place for place, seed in enumerate(task.seeds_of(arm)) if seed in seeds] for arm in task.predicted}
    kept = {arm: places for arm, places in kept.items() if places}
    named = {arm: tuple(task.seeds_of(arm)[place] for place in places) for arm, places in kept.items()}
    return task.taking(kept, named if len(set(named.values())) > 1 else {})


def at(tasks: Sequence[TaskOutcomes], plan: LookPlan, look: int) -> tuple[TaskOutcomes, ...]:
    """What a look reads of the tasks' runs."""
    every = sorted({seed for task in tasks for arm in task.predicted for seed in task.seeds_of(arm)})
    return tuple(first_seeds(task, every[: plan.seeds[look]]) for task in tasks)


def sequential(
    tasks: Sequence[TaskOutcomes],
    comparisons: Sequence[Comparison],
    plan: LookPlan,
    rules: Rules | None = None,
    taken: int | None = None,
    compare: Callable[..., StudyVerdict] = verdicts.compare,
) -> SequentialVerdict:
    """Takes the looks, one after the other, as if each were the first to know.

    Args:
        tasks: with all seeds that there are; an arm that was closed may have fewer.
        taken: how many looks to take; None: all of the plan.
        compare: what reads one look.

    Raises:
        ValueError: the levels do not sum to the rules' alpha.
    """
    rules = Rules() if rules is None else rules
    if not math.isclose(sum(plan.alpha), rules.alpha, rel_tol=1e-6):
        raise ValueError(f"the looks' levels sum to {sum(plan.alpha):g}, not to alpha, {rules.alpha:g}")
    taken = len(plan.seeds) if taken is None else taken
    closed: dict[tuple[str, str], Closed] = {}
    kept: StudyVerdict | None = None
    for look in range(taken):
        read = compare(at(tasks, plan, look), comparisons, replace(rules, alpha=plan.alpha[look]))
        kept = _updated(kept, read, closed, rules, rules.alpha / plan.alpha[look])
        last = look == len(plan.seeds) - 1
        for task in kept.tasks:
            for arm, found in task.arms.items():
                if (task.task, arm) in closed or not found.comparison.primary or found.vs_real is None:
                    continue
                if found.verdict in CLOSING:
                    closed[task.task, arm] = Closed(look, found.verdict)
                elif not last and deciding(found, plan, look, rules.margin) < plan.futility:
                    closed[task.task, arm] = Closed(look, FUTILE)
    assert kept is not None
    return SequentialVerdict(plan, kept, closed, taken)


def _updated(
    before: StudyVerdict | None,
    read: StudyVerdict,
    closed: Mapping[tuple[str, str], Closed],
    rules: Rules,
    factor: float,
) -> StudyVerdict:
    """What is known after a look: closed comparisons as they were, others with intersected intervals."""
    earlier = {task.task: task for task in before.tasks} if before else {}
    tasks = []
    for task in read.tasks:
        arms = {}
        for arm, found in task.arms.items():
            old = earlier[task.task].arms.get(arm) if task.task in earlier else None
            if old is not None and (task.task, arm) in closed:
                arms[arm] = old
            else:
                found = _for_the_study(found, factor)
                arms[arm] = _joined(old, found, rules) if found.comparison.primary else found
        tasks.append(replace(task, arms=arms))
    return replace(read, rules=rules, tasks=tuple(tasks))


def _joined(old: ArmVerdict | None, new: ArmVerdict, rules: Rules) -> ArmVerdict:
    """A comparison after another look."""
    if old is None or old.vs_real is None or new.vs_real is None:
        return new
    vs_real = intersected(old.vs_real, new.vs_real)
    vs_repeat = intersected(old.vs_repeat, new.vs_repeat) if old.vs_repeat and new.vs_repeat else new.vs_repeat
    name = decision.decide(vs_real, vs_repeat, rules.margin, controlled=new.comparison.control is not None)
    reason = new.reason if name == new.verdict else f"over the looks together, against {new.comparison.reference}."
    small = decision.within(vs_real, rules.margin)
    return replace(new, vs_real=vs_real, vs_repeat=vs_repeat, verdict=name, within_margin=small, reason=reason)


def _for_the_study(found: ArmVerdict, factor: float) -> ArmVerdict:
    """A look's verdict with p values for the study: at most alpha where the look's own were at most alpha_k."""

    def scaled(difference: Difference | None) -> Difference | None:
        return difference and replace(difference, p=min(1.0, difference.p * factor))

    return replace(found, vs_real=scaled(found.vs_real), vs_repeat=scaled(found.vs_repeat))


def intersected(old: Difference, new: Difference) -> Difference:
    """The newer difference with the smaller p, and the part of its interval that the older look left; where they share
    nothing, which happens to fewer than alpha of all studies, the newer interval stands."""
    low, high = max(old.low, new.low), min(old.high, new.high)
    return replace(new, low=low, high=high, p=min(old.p, new.p)) if low <= high else new


def deciding(found: ArmVerdict, plan: LookPlan, look: int, margin: float) -> float:
    """Probability that the last look decides an open comparison, at the most hopeful variance.

    Helping takes the differences to reference and control both; the less likely of the two stands for it.
    """
    assert found.vs_real is not None
    shrunk = plan.seeds[look] / plan.seeds[-1]
    level = plan.alpha[-1] / plan.alpha[look]
    better, worse, within = _ends(found.vs_real, shrunk, level, margin)
    if found.vs_repeat is not None:
        better = min(better, _ends(found.vs_repeat, shrunk, level, margin)[0])
    return better + worse + within


def _ends(difference: Difference, shrunk: float, level: float, margin: float) -> tuple[float, float, float]:
    """Probabilities that the last interval lies above zero, below zero, within the margin."""
    se = difference.se * math.sqrt(shrunk)
    moves = difference.se * math.sqrt(1 - shrunk)
    if se <= 0 or moves <= 0:
        return 0.0, 0.0, 0.0
    # The critical value of this look, moved to the last look's level: normal, for then there are more seeds.
    tail = min(float(stats.t.sf(difference.critical, difference.df)) * level, 0.5)
    half = float(stats.norm.isf(tail)) * se
    at = (np.array([half, -half, half - margin, margin - half]) - difference.delta) / moves
    cdf = stats.norm.cdf(at)
    return float(1 - cdf[0]), float(cdf[1]), float(max(cdf[3] - cdf[2], 0.0))
