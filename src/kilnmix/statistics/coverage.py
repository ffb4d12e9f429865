"""How often verdicts and intervals are right: what the verdicts say on studies whose truth is known.

Simulated studies come from `simulation`; `relabelled` makes studies without an effect from trained runs of one arm,
`replayed` studies whose truth is what many trained runs show on many objects.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kilnmix.statistics import moderation, verdicts
from kilnmix.statistics.contrasts import VarianceRule
from kilnmix.statistics.proportion import Proportion
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.simulation import ARMS, SimulatedStudy, SimulationSettings, Simulator
from kilnmix.statistics.variance import Scope
from kilnmix.statistics.verdicts import ArmVerdict, Comparison, Rules

PRIMARY = (("mix-95-5", "real"), ("mix-90-10", "real"), ("searched", "real-searched"))
COMPARISONS = verdicts.plan(ARMS, PRIMARY, {}, default_control="repeat-90-10")[: len(PRIMARY)]
NAMES = ("false", "joint", "alone", "found", "resampled", "equivalent")
DRAWS = 2000
"""Of the intervals of each simulated study, which has draws of its own: their error averages out over studies."""
ZERO = 1e-5
"""True differences smaller than this are none (the solver's accuracy is 1e-7)."""


@dataclass(frozen=True)
class Coverage:
    """What S studies of one kind showed.

    Attributes:
        false: studies with any wrong `helps` or `harms` in the primary family.
        joint: studies in which every primary difference lies in its simultaneous interval.
        alone: primary differences that lie in the interval made for each alone, over all studies.
        found: `helps` on `mix-90-10`, over studies and tasks.
        resampled: primary differences that lie in their corrected resampled interval, where there are folds.
        equivalent: studies that call a difference beyond the margin `equivalent`.
        detectable: (S, T) float64, the stated smallest effect of `mix-90-10`.
        half_width: mean half-width of the primary simultaneous intervals.
        verdicts: how often each verdict fell in the primary family.
    """

    false: Proportion
    joint: Proportion
    alone: Proportion
    found: Proportion
    resampled: Proportion
    equivalent: Proportion
    detectable: np.ndarray
    half_width: float
    verdicts: Counter[str]

    def to_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name).to_json() for name in NAMES},
            "studies": self.false.total,
            "detectable": np.median(self.detectable, axis=0).tolist(),
            "half_width": self.half_width,
            "verdicts": dict(self.verdicts),
        }


@dataclass(frozen=True)
class Reading:
    """How simulated studies are read.

    Attributes:
        comparisons: the primary family.
        scope, rules, rule: as for `verdicts.compare`.
        against: the scope whose truth counts; None: that of the verdict.
        beyond: `collection`, `sources`: the truth is that of other collections or sources too.
    """

    comparisons: tuple[Comparison, ...] = COMPARISONS
    scope: Scope | None = None
    rules: Rules | None = None
    rule: VarianceRule = moderation.two_way
    against: Scope | None = None
    beyond: frozenset[str] = frozenset()


def study_coverage(
    settings: SimulationSettings, rngs: Iterable[np.random.Generator], reading: Reading | None = None, seed: int = 0
) -> Coverage:
    """Draws a study from each generator and reads its verdicts; `seed`, counted up, is that of the intervals' draws."""
    reading = Reading() if reading is None else reading
    simulator = Simulator(settings)
    wrong = joint = loose = studies = 0
    alone, total, corrected, shown, found = (list[int]() for _ in range(5))
    detectable, widths, counter = [], [], Counter[str]()
    for rng in rngs:
        study = simulator.draw(rng)
        answer = verdicts.compare(
            study.tasks, reading.comparisons, reading.rules, reading.scope, reading.rule, seed + studies, DRAWS
        )
        studies += 1
        rows = [
            (arm, *_truth(simulator, study, reading.against or answer.scope, t, arm, reading.beyond))
            for t, task in enumerate(answer.tasks)
            for arm in _primary(task)
        ]
        wrong += any(_false(arm, to_reference, to_control) for arm, to_reference, to_control in rows)
        inside = [_inside(arm, to_reference, answer.rules.alpha) for arm, to_reference, _ in rows]
        joint += all(both[0] for both in inside)
        alone.append(sum(both[1] for both in inside))
        total.append(len(inside))
        loose += any(arm.verdict == "equivalent" and abs(truth) > answer.rules.margin + ZERO for arm, truth, _ in rows)
        of_folds = [arm.resampled[0] <= truth <= arm.resampled[1] for arm, truth, _ in rows if arm.resampled]
        corrected.append(sum(of_folds))
        shown.append(len(of_folds))
        mixed = [task.arms["mix-90-10"] for task in answer.tasks]
        found.append(sum(arm.verdict == "helps" for arm in mixed))
        detectable.append([arm.detectable or np.nan for arm in mixed])
        widths += [(arm.vs_real.high - arm.vs_real.low) / 2 for arm, _, _ in rows if arm.vs_real]
        counter.update(arm.verdict for arm, _, _ in rows)
    return Coverage(
        false=Proportion(wrong, studies),
        joint=Proportion(joint, studies),
        alone=Proportion.grouped(alone, total),
        found=Proportion.grouped(found, [len(settings.classes)] * studies),
        resampled=Proportion.grouped(corrected, shown),
        equivalent=Proportion(loose, studies),
        detectable=np.array(detectable),
        half_width=float(np.mean(widths)),
        verdicts=counter,
    )


def _primary(task: verdicts.TaskVerdict) -> Sequence[ArmVerdict]:
    return [arm for arm in task.arms.values() if arm.comparison.primary and arm.vs_real is not None]


def _truth(
    simulator: Simulator, study: SimulatedStudy, scope: Scope, task: int, arm: ArmVerdict, beyond: frozenset[str]
) -> tuple[float, float]:
    """True differences to the reference and to the control."""
    c = arm.comparison
    scores = {
        name: simulator.truth(study, task, name, scope, beyond) for name in {c.arm, c.reference, c.control or c.arm}
    }
    return scores[c.arm] - scores[c.reference], scores[c.arm] - scores[c.control or c.reference]


def _false(arm: ArmVerdict, to_reference: float, to_control: float) -> bool:
    if arm.verdict == "helps":
        return min(to_reference, to_control) < ZERO
    return arm.verdict == "harms" and to_reference > -ZERO


def _inside(arm: ArmVerdict, truth: float, alpha: float) -> tuple[bool, bool]:
    """Whether the truth lies in the simultaneous interval, and in the one for this difference alone."""
    assert arm.vs_real is not None
    low, high = arm.vs_real.pointwise(alpha)
    return arm.vs_real.low - ZERO <= truth <= arm.vs_real.high + ZERO, low <= truth <= high


def relabelled(
    tasks: Sequence[TaskOutcomes], arms: Sequence[str], seeds_per_arm: int, rng: np.random.Generator
) -> tuple[TaskOutcomes, ...]:
    """A study without an effect from trained runs: each arm gets runs of its own, drawn without replacement.

    Args:
        tasks: outcomes of a single arm with one adapter, (1, S, N), S at least arms x seeds_per_arm; run s is the same
            training in every task.

    Raises:
        ValueError: too few runs, or more than one arm or adapter.
    """
    needed = len(arms) * seeds_per_arm
    for task in tasks:
        adapters, runs = task.runs
        if len(task.predicted) != 1 or adapters != 1 or runs < needed:
            raise ValueError(f"{task.task}: it takes one arm, one adapter and {needed} runs")
    chosen = rng.permutation(tasks[0].runs[1])[:needed].reshape(len(arms), seeds_per_arm)
    studies = []
    for task in tasks:
        (answers,) = task.predicted.values()
        predicted = {arm: answers[:, rows] for arm, rows in zip(arms, chosen, strict=True)}
        studies.append(dataclasses.replace(task, predicted=predicted))
    return tuple(studies)


def replayed(
    tasks: Sequence[TaskOutcomes], seeds_per_arm: int, objects: int, min_objects: int, rng: np.random.Generator
) -> tuple[TaskOutcomes, ...]:
    """A study drawn from trained runs and objects, both with replacement, so that the truth is theirs: the mean over
    all runs of the score on all objects.

    Every arm gets the same places of runs, and an object that is drawn twice counts as two.

    Args:
        tasks: outcomes of arms with one adapter and the same S runs, (1, S, N); run s is the same training in every
            task.
        min_objects: a class is scored when the study holds at least so many objects of it.

    Raises:
        ValueError: several adapters, or arms with classifier seeds of their own.
    """
    if any(task.runs[0] != 1 or task.seeds for task in tasks):
        raise ValueError("it takes one adapter, and arms that share their classifier seeds")
    runs = rng.integers(tasks[0].runs[1], size=seeds_per_arm)
    drawn = rng.choice(np.unique(np.concatenate([task.objects for task in tasks])), objects)
    return tuple(_replayed(task, runs, drawn, min_objects) for task in tasks)


def _replayed(task: TaskOutcomes, runs: np.ndarray, drawn: np.ndarray, min_objects: int) -> TaskOutcomes:
    order = np.argsort(task.objects, kind="stable")
    begin, end = (np.searchsorted(task.objects[order], drawn, side) for side in ("left", "right"))
    views = end - begin
    rows = np.concatenate([order[first:last] for first, last in zip(begin, end, strict=True)])
    numbers = np.repeat(np.arange(len(drawn)), views)
    pairs = np.unique(np.stack([task.truth[rows], numbers]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(task.classes))
    return TaskOutcomes(
        task=task.task,
        classes=task.classes,
        scored=tuple(int(label) for label in np.flatnonzero(counts >= min_objects)),
        truth=task.truth[rows],
        objects=numbers,
        folds=task.folds[rows],
        weights=task.weights[rows],
        predicted={arm: answers[:, runs][:, :, rows] for arm, answers in task.predicted.items()},
    )
