"""What a study of a given shape could see, before it is run.

Studies without an effect are drawn from `simulation`, with the planned collection's own class sizes and the planned
folds, adapters and seeds, and read by the same rules as a real one (`verdicts.compare`). The smallest effect that such
studies say they could have seen, their median, is the plan's answer. Then the same with more objects of every class.

What that assumes (`ASSUMED` says it to the person):

- classifiers err as in the simulation: larger classes are recognised more often, objects differ in difficulty;
- training scatters as in the shapes of `bench/instrument.py`: effects of a run and of an adapter on a class have a
  standard deviation of 0.3 on the logit scale, an adapter's effect on all classes 0.1;
- tasks are independent, which errs to the wide side; more objects are more test objects, and what a network learns
  from more training objects is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kilnmix.statistics import verdicts
from kilnmix.statistics.coverage import COMPARISONS
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.simulation import SimulationSettings, Simulator
from kilnmix.statistics.verdicts import Rules

CLASS_SD, OVERALL_SD = 0.3, 0.1
ASSUMED = (
    "classifiers recognise about seven of ten objects of the largest class and five or six of the smallest",
    "the effects of a run and of an adapter on a class have a standard deviation of 0.3 on the logit scale",
    "tasks are independent, and more objects count as test objects only, not for what they teach",
)
FACTORS = (4, 16)
"""How many times as many objects the simulation is repeated with, to see what would halve the effect."""
STUDIES = 5
DRAWS = 1000


@dataclass(frozen=True)
class Shape:
    """Folds, adapters of each fold, classifier seeds of each adapter; share of objects with several photographs."""

    folds: int
    adapters: int
    seeds: int
    multi_view: float = 0.0


@dataclass(frozen=True)
class Labels:
    """One task's objects by class.

    Attributes:
        objects: class -> labelled objects.
        tested: class -> those of them that are in the test part of a fold.
    """

    objects: Mapping[str, int]
    tested: Mapping[str, int]

    def scored(self, least: int) -> tuple[int, ...]:
        """Test objects of the classes with at least so many, falling."""
        return tuple(sorted((count for count in self.tested.values() if count >= least), reverse=True))


@dataclass(frozen=True)
class TaskPower:
    """What one task can show.

    Attributes:
        labelled: objects with a label.
        classes, scored: classes, and those with enough test objects to be scored.
        tested: test objects in scored classes.
        detectable: smallest true difference of macro-F1 (a fraction) that would be called `helps` with the rules'
            power; None where the task is untestable.
        more: labelled objects, in the same proportions, whose addition halves it; None where FACTORS do not.
        best: what the most of FACTORS brings it to, run variance left.
        wanting: for an untestable task, how many labelled objects it lacks at least; 0 for others.
    """

    task: str
    labelled: int
    classes: int
    scored: int
    tested: int
    detectable: float | None
    more: int | None
    best: float | None
    wanting: int


def predict_power(
    labels: Mapping[str, Labels],
    shape: Shape,
    comparisons: int,
    least: int,
    rules: Rules,
    rng: Callable[[str, int], np.random.Generator],
    seed: int = 0,
) -> tuple[TaskPower, ...]:
    """What every task of a planned study could show.

    Args:
        comparisons: size of the primary family for each task; more than the simulation's three count as three.
        least: test objects from which a class is scored.
        rng: (task, number of the simulated study) -> what it is drawn from.
        seed: of the draws that simultaneous intervals are read from.
    """
    sizes = {task: given.scored(least) for task, given in labels.items()}
    testable = {
        task: counts
        for task, counts in sizes.items()
        if len(counts) >= rules.min_classes and sum(counts) >= rules.min_objects
    }
    seen = [_detectable(testable, factor, shape, comparisons, rules, rng, seed) for factor in (1, *FACTORS)]
    result = []
    for task, given in labels.items():
        labelled, tested = sum(given.objects.values()), sum(sizes[task])
        effects = [found.get(task) for found in seen]
        factor = halving((1, *FACTORS), effects)
        result.append(
            TaskPower(
                task=task,
                labelled=labelled,
                classes=len(given.objects),
                scored=len(sizes[task]),
                tested=tested,
                detectable=effects[0],
                more=None if factor is None else math.ceil((factor - 1) * labelled),
                best=effects[-1],
                wanting=0 if task in testable else _wanting(given, sizes[task], least, rules),
            )
        )
    return tuple(result)


def halving(factors: Sequence[float], effects: Sequence[float | None]) -> float | None:
    """The factor at which an effect is half of that at the first factor, interpolated on logarithmic scales."""
    if any(effect is None or effect <= 0 for effect in effects):
        return None
    y = np.minimum.accumulate(np.log(np.array(effects, float)))
    wanted = y[0] - math.log(2)
    if y[-1] > wanted + 1e-9:
        return None
    return float(np.exp(np.interp(-wanted, -y, np.log(np.array(factors, float)))))


def _wanting(labels: Labels, scored: Sequence[int], least: int, rules: Rules) -> int:
    """Labelled objects that bring the task to the rules' least of test objects and classes."""
    share = max(sum(labels.tested.values()) / max(sum(labels.objects.values()), 1), 0.05)
    classes = max(rules.min_classes - len(scored), 0) * least
    return math.ceil(max(rules.min_objects - sum(scored), classes) / share)


def _detectable(
    sizes: Mapping[str, tuple[int, ...]],
    factor: int,
    shape: Shape,
    comparisons: int,
    rules: Rules,
    rng: Callable[[str, int], np.random.Generator],
    seed: int,
) -> dict[str, float]:
    """task -> median over studies of the smallest effect that could have been seen."""
    simulators = {
        task: Simulator(
            SimulationSettings(
                objects=factor * sum(counts),
                classes=(len(counts),),
                folds=shape.folds,
                adapters=shape.adapters,
                seeds=shape.seeds,
                multi_view=shape.multi_view,
                sizes=tuple(factor * count for count in counts),
                seed_class=CLASS_SD,
                adapter_class=CLASS_SD,
                adapter_overall=OVERALL_SD,
            ),
            DRAWS,
        )
        for task, counts in sizes.items()
    }
    family = COMPARISONS[: max(1, min(comparisons, len(COMPARISONS)))]
    found: dict[str, list[float]] = {}
    for number in range(STUDIES if simulators else 0):
        tasks, first = [], 0
        for task, simulator in simulators.items():
            (drawn,) = simulator.draw(rng(task, number)).tasks
            tasks.append(_renamed(drawn, task, first))
            first += simulator.settings.objects
        for task_verdict in verdicts.compare(tasks, family, rules, seed=seed).tasks:
            effects = [arm.detectable for arm in task_verdict.arms.values() if arm.detectable is not None]
            found.setdefault(task_verdict.task, []).extend(effects)
    return {task: float(np.median(effects)) for task, effects in found.items() if effects}


def _renamed(task: TaskOutcomes, name: str, first: int) -> TaskOutcomes:
    """The task under its name, its objects numbered from `first`: no object is in two tasks."""
    return replace(task, task=name, objects=task.objects + first)
