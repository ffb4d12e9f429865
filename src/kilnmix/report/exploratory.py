"""Exploratory results beside the verdicts: single classes, rare classes, halves by alignment. None is a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kilnmix.common import seeds
from kilnmix.report.inputs import ReportInputs
from kilnmix.statistics import exploration, frequency
from kilnmix.statistics.contrasts import measurable
from kilnmix.statistics.exploration import PartDifference, RankCorrelation
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.variance import Scope

DISCOVERIES = 0.1
"""Level at which false discoveries are held, in each of the families by itself."""
HALVES = ("lower", "upper")

Pair = tuple[str, str]


@dataclass(frozen=True)
class ExploratoryResults:
    """Differences and correlations over the testable tasks and the pairs (arm, reference) of the primary family.

    Attributes:
        focus: the pair that alignment is held against: of the fixed arms compared with `real` the one with the highest
            share, which no result has a say in; None where there is none.
        classes: (task, arm, class) -> difference; groups: (task, arm, `tail`, `middle` or `head`); halves: (task,
            `lower` or `upper`), classes that the judges recognise less and more often, for the focus.
        opposed: (task, arm) -> difference of an arm fed with the more aligned half to its twin with the less aligned.
        correlation: over the classes of all tasks; by_task: task -> over its classes.
        best: task -> arm -> probability that it is the best.
        alignment: task -> (K,) float64 over the outcome's classes, NaN where not known.
    """

    pairs: tuple[Pair, ...] = ()
    focus: Pair | None = None
    classes: Mapping[tuple[str, str, str], PartDifference] = field(default_factory=dict)
    groups: Mapping[tuple[str, str, str], PartDifference] = field(default_factory=dict)
    halves: Mapping[tuple[str, str], PartDifference] = field(default_factory=dict)
    opposed: Mapping[tuple[str, str], PartDifference] = field(default_factory=dict)
    correlation: RankCorrelation | None = None
    by_task: Mapping[str, RankCorrelation] = field(default_factory=dict)
    best: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    alignment: Mapping[str, np.ndarray] = field(default_factory=dict)


def _candidate(inputs: ReportInputs, arm: str) -> bool:
    """Whether an arm could be taken away; parts of a learning curve could not."""
    return arm not in inputs.params.arms or inputs.params.arms[arm].whole


def comparable(tasks: Sequence[TaskOutcomes], arms: Sequence[str], scope: Scope) -> list[str]:
    """The arms, from the first on, that every task knows with enough seeds in common with all those before them."""
    chosen: list[str] = []
    for arm in arms:
        if all(
            arm in task.predicted and all(measurable(task, arm, other, scope) for other in (*chosen, arm))
            for task in tasks
        ):
            chosen.append(arm)
    return chosen


def is_discovery(difference: PartDifference | None) -> bool:
    """Whether a difference is reported when the false-discovery rate is held at `DISCOVERIES`."""
    return difference is not None and difference.q <= DISCOVERIES


def explore(inputs: ReportInputs) -> ExploratoryResults:
    """Everything that can be explored in a study; what lacks its data is empty."""
    tasks, pairs = testable_pairs(inputs)
    alignment = {outcome.task: aligned(inputs, outcome) for outcome in inputs.outcomes}
    if not tasks or not pairs:
        return ExploratoryResults(alignment=alignment)
    scope, alpha = inputs.verdict.scope, inputs.verdict.rules.alpha
    by_class = exploration.part_differences(
        tasks, pairs, [exploration.class_parts(task) for task in tasks], scope, alpha
    )
    by_group = exploration.part_differences(
        tasks, pairs, [frequency_groups(inputs, task) for task in tasks], scope, alpha
    )
    focus = focus_pair(inputs, pairs)
    known = [
        task
        for task in tasks
        if np.isfinite(alignment[task.task][list(task.scored)]).sum() >= 4
        and focus is not None
        and set(focus) <= task.predicted.keys()
        and measurable(task, *focus, scope)
    ]
    halves: tuple[PartDifference, ...] = ()
    correlation, by_task = None, {}
    if focus is not None and known:
        columns = [alignment[task.task] for task in known]
        parts = [halved(task, column) for task, column in zip(known, columns, strict=True)]
        halves = exploration.part_differences(known, [focus], parts, scope, alpha)
        seed = seeds.derive(0, "max-t")
        correlation = exploration.alignment_gain(known, columns, focus, scope, alpha, seed)
        by_task = {
            task.task: exploration.alignment_gain([task], [column], focus, scope, alpha, seed)
            for task, column in zip(known, columns, strict=True)
        }
    arms = comparable(tasks, [arm for arm in inputs.arms if _candidate(inputs, arm)], scope)
    drawn = [seeds.derive(0, "best", task.task) for task in tasks]
    best = exploration.best_probability(tasks, arms, scope, drawn) if len(arms) > 1 else ()
    return ExploratoryResults(
        pairs=tuple(pairs),
        focus=focus,
        classes={(each.task, each.arm, each.name): each for each in by_class},
        groups={(each.task, each.arm, each.name): each for each in by_group},
        opposed={
            (each.task, each.arm): each for pair in twins(inputs) for each in _difference(tasks, pair, scope, alpha)
        },
        halves={(each.task, each.name): each for each in halves},
        correlation=correlation,
        by_task=by_task,
        best={task.task: chances for task, chances in zip(tasks if best else [], best, strict=True)},
        alignment=alignment,
    )


def twins(inputs: ReportInputs) -> list[Pair]:
    """(more, less): arms that differ in nothing but the half of the pool that feeds them."""
    arms = {name: arm for name, arm in inputs.params.arms.items() if name in inputs.arms}
    return [
        (more, less)
        for more, arm in arms.items()
        for less, other in arms.items()
        if arm.aligned == "more" and other == arm.model_copy(update={"aligned": "less"})
    ]


def _difference(tasks: Sequence[TaskOutcomes], pair: Pair, scope: Scope, alpha: float) -> tuple[PartDifference, ...]:
    """The macro-F1 of one arm minus another's, in every task that both learn."""
    known = [task for task in tasks if set(pair) <= set(task.predicted) and measurable(task, *pair, scope)]
    return exploration.part_differences(known, [pair], [{"all": task.scored} for task in known], scope, alpha)


def testable_pairs(inputs: ReportInputs) -> tuple[list[TaskOutcomes], list[Pair]]:
    """The tasks with a verdict, and the primary pairs that one of them has; an arm may learn a part of the tasks."""
    testable = [
        (outcomes, verdict)
        for verdict, outcomes in inputs.tasks
        if any(arm.vs_real is not None for arm in verdict.arms.values())
    ]
    primary = [
        (arm.comparison.arm, arm.comparison.reference)
        for _, verdict in testable
        for arm in verdict.arms.values()
        if arm.comparison.primary and arm.vs_real is not None
    ]
    return [outcomes for outcomes, _ in testable], list(dict.fromkeys(primary))


def focus_pair(inputs: ReportInputs, pairs: Sequence[Pair]) -> Pair | None:
    """Of the pairs of a fixed arm and `real`, the one with the highest share; else the first pair."""
    fixed = [pair for pair in pairs if pair[1] == "real" and pair[0] in inputs.params.arms]

    def highest(pair: Pair) -> float:
        share = inputs.params.arms[pair[0]].share
        return max(share.values(), default=0.0) if isinstance(share, Mapping) else share

    return max(fixed, key=highest) if fixed else next(iter(pairs), None)


def aligned(inputs: ReportInputs, outcomes: TaskOutcomes) -> np.ndarray:
    """(K,) float64: alignment of the outcome's classes, NaN where not known."""
    values = np.full(len(outcomes.classes), np.nan)
    for entry in inputs.alignment:
        if entry.task == outcomes.task:
            known = dict(zip(entry.classes, entry.alignment, strict=True))
            values[:] = [known.get(name, np.nan) for name in outcomes.classes]
    return values


def frequency_groups(inputs: ReportInputs, outcomes: TaskOutcomes) -> dict[str, tuple[int, ...]]:
    """`tail`, `middle`, `head` -> class indices; empty where the training counts are not known."""
    counts = inputs.training_counts.get(outcomes.task)
    if counts is None or not outcomes.scored:
        return {}
    groups = frequency.frequency_groups(counts.tolist(), outcomes.scored)
    return {name: groups[name] for name in ("tail", "middle", "head") if groups[name]}


def halved(outcomes: TaskOutcomes, alignment: np.ndarray) -> dict[str, tuple[int, ...]]:
    """The scored classes whose alignment is known, in a lower and an upper half; the upper may have one more."""
    known = [c for c in outcomes.scored if np.isfinite(alignment[c])]
    ordered = sorted(known, key=lambda c: (alignment[c], c))
    middle = len(ordered) // 2
    return {"lower": tuple(sorted(ordered[:middle])), "upper": tuple(sorted(ordered[middle:]))}
