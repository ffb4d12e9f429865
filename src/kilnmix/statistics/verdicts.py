"""From outcomes to verdicts: which arm helps, for which task.

The rules, in their order; the first that holds is the verdict.

1. `untestable`: too few test objects in scored classes, fewer than two scored classes, or no replicates.
2. `harms`: worse than its reference. The simultaneous interval lies below zero. The control says whether the images or
   the extra slots are the culprit: what is worse than it too owes that to the images.
3. `helps`: better than its reference and better than the control. Both simultaneous intervals lie above zero. That is
   an intersection-union test (Berger 1982): each part is read at the full level of its own family. Where a control is
   named and cannot be held against the arm, nothing helps.
4. `equivalent`: the interval against the reference lies within the margin (two one-sided tests, Schuirmann 1987).
5. `undecided`: none of these; the detectable effect says what the study could have seen.

A difference that is both clear and smaller than the margin is `helps` or `harms`, with `within_margin` set: its sign is
known, and that it hardly matters is said beside it.

The primary family, its controls, everything else (the secondary family, exploratory) and its controls are four
simultaneous families, each over all testable tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kilnmix.statistics import (
    contrasts,
    intervals,
    moderation,
    prediction_powered,
    resampled,
    scores,
    testable,
    variance,
    verdict_json,
)
from kilnmix.statistics.contrasts import Contrast, VarianceRule
from kilnmix.statistics.decision import Culprit, VerdictName, culprit_of, decide, within
from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.variance import Scope

BLAMED = {"images": "the images do", "slots": "the extra slots do", "unclear": "images or extra slots may do"}
APART = "the two arms have too few classifier seeds in common to tell run variance from an effect; give both the same."
"""Why a comparison is untestable where its task is not: each arm may have `seeds` of its own."""


@dataclass(frozen=True)
class Rules:
    """What the verdicts are read by.

    Attributes:
        alpha: probability of any wrong `helps` or `harms` in the primary family.
        power: with which the detectable effect would be found.
        margin: differences of the score within this are called equivalent.
        min_objects: a task with fewer test objects in scored classes is untestable.
        min_classes: so is a task with fewer scored classes.
    """

    alpha: float = 0.05
    power: float = 0.8
    margin: float = 0.02
    min_objects: int = 40
    min_classes: int = 2


@dataclass(frozen=True)
class Comparison:
    """An arm against its reference and, for `helps`, against a control with as many steps and no new images."""

    arm: str
    reference: str
    control: str | None = None
    primary: bool = True


@dataclass(frozen=True)
class ArmVerdict:
    """The verdict on one arm for one task.

    Attributes:
        f1: mean macro-F1 of the arm's runs; None without a scored class.
        vs_real: against the comparison's reference; vs_repeat: against its control. None if untestable or not asked.
        detectable: smallest true effect that would have been called `helps` with the stated power; None where it cannot
            be told.
        within_margin: the interval against the reference lies within the margin.
        reason: one sentence, for the report.
        culprit: of an arm that harms: `images`, if it is worse than its control too; `slots`, if it is better than the
            control, or within the margin of it and the control is worse than the reference too; else `unclear`.
        resampled: the interval against the reference by the corrected resampled t (`resampled`), for this difference
            alone; None with one fold.
    """

    comparison: Comparison
    f1: float | None
    reference_f1: float | None
    vs_real: Difference | None
    vs_repeat: Difference | None
    detectable: float | None
    verdict: VerdictName
    within_margin: bool
    reason: str
    culprit: Culprit | None = None
    resampled: tuple[float, float] | None = None

    @property
    def possible(self) -> bool:
        """Whether a score can be larger than the reference's by the detectable effect."""
        return self.detectable is not None and (self.reference_f1 or 0.0) + self.detectable <= 1.0

    @property
    def relative(self) -> float | None:
        """The difference as a fraction of the reference's score (the other thing that "+5 %" may mean)."""
        if self.vs_real is None or not self.reference_f1:
            return None
        return self.vs_real.delta / self.reference_f1


@dataclass(frozen=True)
class TaskVerdict:
    """One task: its scored classes, test objects, every arm's mean macro-F1, and the verdicts by arm.

    `sources` is the number of sources of the test objects, where they are known: from `variance.MIN_SOURCES` on the
    verdict reaches to other sources, below it speaks of these alone. `unlabelled` is the number of test objects without
    a label that the differences use.
    """

    task: str
    classes: tuple[str, ...]
    objects: int
    f1: Mapping[str, float | None]
    arms: Mapping[str, ArmVerdict]
    sources: int | None = None
    unlabelled: int = 0

    @property
    def these_sources(self) -> bool:
        """Whether the verdict speaks of the objects of these sources alone."""
        return self.sources is not None and self.sources < variance.MIN_SOURCES


@dataclass(frozen=True)
class StudyVerdict:
    """The study's verdicts. `class_correlation` is rho of the moderated variance (see `moderation`)."""

    scope: Scope
    rules: Rules
    class_correlation: float
    tasks: tuple[TaskVerdict, ...]

    def to_json(self) -> dict[str, Any]:
        """The form of verdict.json, schema 1."""
        return {
            "schema": 1,
            "scope": self.scope,
            "rules": dict(vars(self.rules)),
            "tasks": {task.task: verdict_json.task_json(task, self.rules.alpha) for task in self.tasks},
        }


def plan(
    arms: Sequence[str],
    primary: Sequence[tuple[str, str]],
    controls: Mapping[str, str],
    counterparts: Mapping[str, str] | None = None,
    default_control: str | None = None,
) -> tuple[Comparison, ...]:
    """The comparisons of a study.

    The primary pairs (arm, reference) whose arms exist, each with the arm's control; then, as secondary ones, every
    other arm against its counterpart (`real` where none is named). An arm has the control that `controls` names for it.
    `default_control` is for the other arms that are held against `real`, and neither a control nor a reference.
    """
    have = {arm: control for arm, control in controls.items() if control in arms}
    common = default_control if default_control in arms else None
    first = [
        Comparison(arm, reference, have.get(arm, common))
        for arm, reference in primary
        if arm in arms and reference in arms
    ]
    references = {comparison.reference for comparison in first} | {"real"}
    named = references | {comparison.arm for comparison in first}
    others = [arm for arm in arms if arm != "real" and (arm not in named or arm in references)]
    second = []
    for arm in others:
        reference = (counterparts or {}).get(arm, "real")
        free = arm in references or arm in {*have.values(), common} or reference != "real"
        second.append(Comparison(arm, reference, have.get(arm, None if free else common), primary=False))
    return (*first, *second)


def compare(
    tasks: Sequence[TaskOutcomes],
    comparisons: Sequence[Comparison],
    rules: Rules | None = None,
    scope: Scope | None = None,
    rule: VarianceRule = moderation.two_way,
    seed: int = 0,
    draws: int = intervals.DRAWS,
) -> StudyVerdict:
    """Verdicts on every comparison for every task.

    Args:
        scope: None takes the widest that the study allows, the same for all tasks.
        rule: how components become a variance; anything but the default is for showing what goes wrong.
        seed, draws: of what simultaneous intervals are read from.
    """
    rules = Rules() if rules is None else rules
    scope = scope or testable.study_scope([task for task in tasks if testable.too_small(task, rules) is None])
    blockers = [testable.untestable(task, rules, scope) for task in tasks]
    open_tasks = [t for t, blocker in enumerate(blockers) if blocker is None]

    def members(primary: bool, control: bool) -> list[Contrast]:
        chosen = [(c.arm, c.control if control else c.reference) for c in comparisons if c.primary == primary]
        return [
            Contrast(t, arm, other)
            for t in open_tasks
            for arm, other in chosen
            if other is not None
            and {arm, other} <= tasks[t].predicted.keys()
            and contrasts.measurable(tasks[t], arm, other, scope)
        ]

    # Measured apart: secondary arms have no adapter variance, and must not make the primary ones look calmer.
    measured = {
        primary: contrasts.measure(tasks, [*members(primary, False), *members(primary, True)], scope, rule, seed, draws)
        for primary in (True, False)
    }
    found = {
        (primary, control, c): difference
        for primary in (True, False)
        for control in (False, True)
        for c, difference in measured[primary].family(members(primary, control), rules.alpha).items()
    }
    verdicts = []
    for t, task in enumerate(tasks):
        f1 = {arm: scores.score(task, arm) if task.scored else None for arm in task.predicted}
        arms = {}
        for c in comparisons:
            if not {c.arm, c.reference} <= task.predicted.keys():
                continue  # an arm that does not learn this task
            to_reference = found.get((c.primary, False, Contrast(t, c.arm, c.reference)))
            to_control = found.get((c.primary, True, Contrast(t, c.arm, c.control))) if c.control else None
            of_control = found.get((False, False, Contrast(t, c.control, c.reference))) if c.control else None
            seen = _seen(measured[c.primary], t, c, found, rules, f1[c.reference])
            verdict = _verdict(c, f1, blockers[t], (to_reference, to_control, of_control), seen, rules)
            corrected = resampled.interval(task, c.arm, c.reference, rules.alpha) if to_reference else None
            arms[c.arm] = replace(verdict, resampled=corrected)
        verdicts.append(_task_verdict(task, f1, arms))
    return StudyVerdict(scope, rules, measured[True].class_correlation, tuple(verdicts))


def _task_verdict(task: TaskOutcomes, f1: Mapping[str, float | None], arms: Mapping[str, ArmVerdict]) -> TaskVerdict:
    classes = tuple(task.classes[k] for k in task.scored)
    sources = None if task.object_sources is None else len(set(task.object_sources.tolist()))
    return TaskVerdict(task.task, classes, len(task.object_classes), f1, arms, sources, prediction_powered.used(task))


def _seen(
    measured: contrasts.Measured,
    t: int,
    c: Comparison,
    found: Mapping[Any, Difference],
    rules: Rules,
    score: float | None,
) -> float | None:
    """The detectable effect of a comparison for task t, beside the reference's score."""
    pairs = [(False, c.reference)] + ([(True, c.control)] if c.control else [])
    keys = [(c.primary, control, Contrast(t, c.arm, other)) for control, other in pairs]
    if any(key not in found for key in keys):
        return None
    draws = measured.draws[:, measured.rows([key[2] for key in keys])]
    return intervals.detectable(tuple(found[key] for key in keys), draws, rules.power, score)


def _verdict(
    c: Comparison,
    f1: Mapping[str, float | None],
    blocker: str | None,
    differences: tuple[Difference | None, Difference | None, Difference | None],
    seen: float | None,
    rules: Rules,
) -> ArmVerdict:
    """Applies the rules and says why in a sentence.

    Args:
        differences: the arm's to its reference and to its control, and the control's to the reference.
    """
    vs_real, vs_repeat, of_control = differences
    if blocker is not None or vs_real is None:
        return ArmVerdict(c, f1[c.arm], f1[c.reference], None, None, None, "untestable", False, blocker or APART)
    name = decide(vs_real, vs_repeat, rules.margin, controlled=c.control is not None)
    culprit = culprit_of(vs_repeat, of_control, rules.margin) if name == "harms" else None
    if name == "helps":
        rest = f" and than {c.control}" if vs_repeat else "; it was held against no control that repeats photographs"
        reason = f"better than {c.reference}{rest}."
    elif name == "harms":
        judged = f"by {c.control}" if vs_repeat else "without a control"
        reason = f"worse than {c.reference}; {judged}, {BLAMED[culprit or 'unclear']} it."
    elif name == "equivalent":
        reason = f"within {100 * rules.margin:g} points of {c.reference}."
    elif vs_real.significant_side > 0 and vs_repeat is None:
        reason = f"better than {c.reference}, but it cannot be held against {c.control}: " + (
            APART if c.control in f1 else "that one does not learn this task."
        )
    elif vs_real.significant_side > 0:
        reason = f"better than {c.reference}, but not shown to be better than {c.control}."
    elif seen is None:
        reason = "what this study could have seen cannot be told."
    elif (f1[c.reference] or 0.0) + seen > 1.0:
        reason = f"{c.reference} leaves no room for a gain that this study could have seen."
    else:
        reason = f"this study could have seen {100 * seen:.1f} points."
    small = within(vs_real, rules.margin)
    return ArmVerdict(c, f1[c.arm], f1[c.reference], vs_real, vs_repeat, seen, name, small, reason, culprit)
