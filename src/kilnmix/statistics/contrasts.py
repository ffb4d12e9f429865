"""Differences between arms, measured over all tasks of a study at once: estimates, components, joint draws."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kilnmix.statistics import intervals, moderation, prediction_powered, scores, variance
from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.moderation import Prior, Variance
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.variance import Components, Scope

VarianceRule = Callable[[Components, Prior], Variance]


@dataclass(frozen=True, order=True)
class Contrast:
    """`arm` minus `reference` in the score of one task (an index into the study's tasks).

    `classes` are the classes whose mean F1 is the score; None: macro-F1 over the fixed list.
    """

    task: int
    arm: str
    reference: str
    classes: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Measured:
    """K contrasts.

    Attributes:
        contrasts: in order.
        delta, variance, df: (K,) float64.
        residuals: (K, n) float64 over the objects of all tasks (`variance.Components.residuals`).
        class_correlation: rho of the moderated variance.
        same: arm -> the first arm with the same answers, for arms that have such a one.
        seed, count: of the joint draws.
    """

    contrasts: tuple[Contrast, ...]
    delta: np.ndarray
    variance: np.ndarray
    df: np.ndarray
    residuals: np.ndarray
    class_correlation: float
    same: Mapping[str, str]
    seed: int = 0
    count: int = intervals.DRAWS

    @cached_property
    def draws(self) -> np.ndarray:
        """(B, K): joint normal deviates."""
        return intervals.joint_draws(self.residuals, self.variance, self.seed, self.count)

    def canonical(self, contrast: Contrast) -> Contrast:
        """The contrast of the first arms with these answers."""
        arm, reference = (self.same.get(name, name) for name in (contrast.arm, contrast.reference))
        return Contrast(contrast.task, arm, reference, contrast.classes)

    def rows(self, members: Sequence[Contrast]) -> list[int]:
        places = {contrast: row for row, contrast in enumerate(self.contrasts)}
        return [places[self.canonical(member)] for member in members]

    def family(self, members: Sequence[Contrast], alpha: float) -> dict[Contrast, Difference]:
        """Simultaneous intervals over `members`. Arms with the same answers are one hypothesis, and an arm with its
        reference's answers is none."""
        unique = list(dict.fromkeys(self.canonical(member) for member in members))
        rows = self.rows(unique)
        asked = np.array([c.arm != c.reference for c in unique], bool)
        answers = intervals.simultaneous(
            self.delta[rows], self.variance[rows], self.df[rows], self.draws[:, rows], alpha, asked
        )
        found = dict(zip(unique, answers, strict=True))
        return {member: found[self.canonical(member)] for member in members}


def duplicates(tasks: Sequence[TaskOutcomes]) -> dict[str, str]:
    """Arm -> the first arm that gave the same answers in every run and task, for arms that have such a one."""
    first: dict[tuple[object, ...], str] = {}
    same = {}
    for arm in dict.fromkeys(arm for task in tasks for arm in task.predicted):
        key = tuple(
            (t, task.seeds_of(arm), task.predicted[arm].tobytes())
            for t, task in enumerate(tasks)
            if arm in task.predicted
        )
        if first.setdefault(key, arm) != arm:
            same[arm] = first[key]
    return same


def measurable(task: TaskOutcomes, arm: str, reference: str, scope: Scope) -> bool:
    """Whether two arms have enough seeds in common to tell run variance from an effect."""
    seeds = task.common(arm, reference)
    return bool(seeds) and variance.replicate_df(task.over(seeds), scope) >= 1


def measure(
    tasks: Sequence[TaskOutcomes],
    contrasts: Sequence[Contrast],
    scope: Scope,
    rule: VarianceRule = moderation.two_way,
    seed: int = 0,
    draws: int = intervals.DRAWS,
) -> Measured:
    """Estimates the contrasts, each over the seeds that both arms have; tasks without one are never looked at.

    Raises:
        ValueError: a task or a pair of arms without replicates at this scope (`measurable`).
    """
    same = duplicates(tasks)
    asked = {Contrast(c.task, same.get(c.arm, c.arm), same.get(c.reference, c.reference), c.classes) for c in contrasts}
    groups: dict[tuple[int, tuple[int, ...]], list[Contrast]] = {}
    for c in sorted(asked, key=lambda c: (c.task, c.arm, c.reference, c.classes or ())):
        groups.setdefault((c.task, tasks[c.task].common(c.arm, c.reference)), []).append(c)
    estimates = [_estimated(tasks[t].over(seeds), members, scope) for (t, seeds), members in groups.items()]
    components = [found for _, found, _ in estimates]
    ids = np.unique(np.concatenate([objects for _, _, objects in estimates])) if estimates else np.empty(0, np.int64)
    residuals = []
    for _, found, objects in estimates:
        wide = np.zeros((len(found.residuals), len(ids)))
        wide[:, np.searchsorted(ids, objects)] = found.residuals
        residuals.append(wide)
    compared = {(c.task, c.arm, c.reference) for c in asked if c.arm != c.reference}
    arms = len({arm for _, *pair in compared for arm in pair})
    lone = len(compared) == 1
    apart = _independent_tasks(groups, components)
    correlation = moderation.class_correlation(components, arms, apart)
    variances = [
        rule(found, moderation.alone(found) if lone else _prior(found, members, correlation, (arms, apart), scope))
        for members, found in zip(groups.values(), components, strict=True)
    ]
    return Measured(
        contrasts=tuple(c for members in groups.values() for c in members),
        delta=np.concatenate([delta for delta, _, _ in estimates]) if estimates else np.empty(0),
        variance=np.concatenate([v.value for v in variances]) if variances else np.empty(0),
        df=np.concatenate([v.df for v in variances]) if variances else np.empty(0),
        residuals=np.concatenate(residuals) if residuals else np.empty((0, 0)),
        class_correlation=correlation,
        same=same,
        seed=seed,
        count=draws,
    )


def class_weights(task: TaskOutcomes, contrast: Contrast) -> np.ndarray:
    """(K,) float64 weights of the task's classes in the contrast's score."""
    return task.macro() if contrast.classes is None else task.group(contrast.classes)


def _independent_tasks(
    groups: Mapping[tuple[int, tuple[int, ...]], Sequence[Contrast]], components: Sequence[Components]
) -> float:
    """T_eff of the tasks whose macro-F1 is compared."""
    sums: dict[int, dict[Hashable, np.ndarray]] = {}
    for ((task, seeds), members), found in zip(groups.items(), components, strict=True):
        own = sums.setdefault(task, {})
        for contrast, deviations in zip(members, found.sums, strict=True):
            if contrast.classes is None:
                own[contrast.arm, contrast.reference, seeds] = deviations
    return moderation.independent_tasks(list(sums.values()))


def _prior(
    components: Components,
    contrasts: Sequence[Contrast],
    correlation: float,
    independent: tuple[int, float],
    scope: Scope,
) -> Prior:
    """The prior of one task's contrasts; those of the same score borrow from each other.

    At the scope `procedure` they don't: arms fed from one pool share its effect, so they tell of one draw.

    Args:
        independent: arms of the study, T_eff.
    """
    of_score: dict[tuple[int, ...] | None, set[str]] = {}
    for c in contrasts:
        of_score.setdefault(c.classes, set()).update((c.arm, c.reference))
    numbers = {classes: number for number, classes in enumerate(of_score)}
    kin = np.array([numbers[c.classes] for c in contrasts])
    related = np.array([len(of_score[c.classes]) if scope == "adapter" else 2 for c in contrasts])
    return moderation.kin_prior(components, correlation, kin, related, *independent)


def _estimated(
    outcomes: TaskOutcomes, contrasts: Sequence[Contrast], scope: Scope
) -> tuple[np.ndarray, Components, np.ndarray]:
    """Estimates (K,), components, and the ids of the objects that the residuals are over: negative ones, of this task
    alone, for what `prediction_powered` adds to the classes."""
    delta, parts = _task_parts(outcomes, contrasts)
    weights = np.stack([class_weights(outcomes, c) for c in contrasts])
    if outcomes.unlabelled is None or not prediction_powered.used(outcomes):
        return delta, variance.decompose(parts, outcomes, scope, weights), np.unique(outcomes.objects[outcomes.kept])
    pairs = [(c.arm, c.reference, own) for c, own in zip(contrasts, weights, strict=True)]
    found = prediction_powered.powered(outcomes, outcomes.unlabelled, pairs, scope)
    apart = found.objects - contrasts[0].task * (len(outcomes.classes) + 3)
    return delta + found.shift, found.components, np.where(found.objects < 0, apart, found.objects)


def _task_parts(task: TaskOutcomes, contrasts: Sequence[Contrast]) -> tuple[np.ndarray, np.ndarray]:
    """Estimates (K,) and linearised parts (K, n, A, S) of contrasts of one task."""
    arms = sorted({arm for c in contrasts for arm in (c.arm, c.reference)})
    counts = {arm: scores.count(task, arm) for arm in arms}
    parts: dict[tuple[str, tuple[int, ...] | None], np.ndarray] = {}
    delta = np.empty(len(contrasts))
    rows = []
    for k, c in enumerate(contrasts):
        weights = class_weights(task, c)
        for arm in (c.arm, c.reference):
            if (arm, c.classes) not in parts:
                parts[arm, c.classes] = scores.linearised(task, arm, weights, counts[arm])
        delta[k] = float((counts[c.arm].f1 @ weights).mean() - (counts[c.reference].f1 @ weights).mean())
        rows.append(parts[c.arm, c.classes] - parts[c.reference, c.classes])
    return delta, np.stack(rows)
