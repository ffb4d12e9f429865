"""Simulated studies with a known truth, on which the statistics are themselves tested.

A study has long-tailed classes, objects that are easy or hard for every run, several views of some objects, a seed x
class effect of every run, and an adapter x class effect ("luck") that all seeds of an adapter share and that the arms
fed from its pool share in proportion to their share of synthetic images. A photograph is recognised with probability

    logistic(base_c + shift_arm + seed effect + luck + difficulty of the object + difficulty of the view),

else it is taken for another class, most often the one that its object resembles. The shift of an arm is solved for, so
that its expected macro-F1 differs from that of `real` by exactly the asked effect; without that an arm with luck would
lose a little on average, since F1 is concave in the effects (Jensen).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import optimize, special

from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.variance import Scope

ARMS = ("real", "repeat-90-10", "mix-95-5", "mix-90-10", "real-searched", "searched")
SYNTHETIC = {"mix-95-5": 0.7, "mix-90-10": 1.0, "searched": 1.0}
"""Arms that are fed from an adapter's pool, and how much of its luck each feels."""


@dataclass(frozen=True)
class World:
    """The law that studies are drawn from. Standard deviations are on the logit scale.

    Attributes:
        objects: test objects of all folds together.
        classes: number of classes of each task.
        tail: class sizes fall as rank ** -tail, but none below `smallest` objects.
        folds, adapters, seeds: shape of the study; each fold has its own adapters.
        difficulty: of objects; view: of views around their object; arm_object: what an arm makes of an object,
            whatever the seed.
        seed_class, seed_overall: effects of a run on a class, and on all classes and tasks alike.
        adapter_class, adapter_overall: the same for an adapter.
        paired: share of a run's variance that all arms have in common for the same adapter and seed.
        unrest: arm -> factor on its runs' own effects; task_unrest: factor on all effects of a task (1 if empty).
        several: share of objects with two or three views.
        effects: arm -> true difference of expected macro-F1 to `real`, one for all tasks or one each; none if left
            out.
        law: seed of the class difficulties and confusions.
        sizes: for a world of one task, its classes' test objects, falling, in the place of `objects` and `tail`.
    """

    objects: int = 300
    classes: tuple[int, ...] = (4, 8, 8, 12)
    tail: float = 1.0
    smallest: int = 5
    folds: int = 1
    adapters: int = 1
    seeds: int = 3
    difficulty: float = 2.0
    view: float = 0.7
    seed_class: float = 0.5
    seed_overall: float = 0.1
    adapter_class: float = 0.0
    adapter_overall: float = 0.0
    arm_object: float = 0.5
    paired: float = 0.25
    unrest: Mapping[str, float] = field(default_factory=dict)
    task_unrest: tuple[float, ...] = ()
    several: float = 0.2
    effects: Mapping[str, float | tuple[float, ...]] = field(default_factory=dict)
    law: int = 0
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.sizes and (self.classes != (len(self.sizes),) or self.objects != sum(self.sizes)):
            raise ValueError("sizes are those of the classes of the only task, and add up to objects")

    def feels(self, arm: str) -> float:
        """How much of an adapter's luck the arm feels."""
        return SYNTHETIC.get(arm, 0.0)

    def unsettled(self, arm: str, task: int) -> float:
        """Factor on the seed effects of an arm's runs."""
        return self.unrest.get(arm, 1.0) * (self.task_unrest[task] if self.task_unrest else 1.0)

    def effect(self, arm: str, task: int) -> float:
        given = self.effects.get(arm, 0.0)
        return given[task] if isinstance(given, tuple) else given

    @cached_property
    def tasks(self) -> tuple[_Law, ...]:
        rng = np.random.default_rng([self.law, 77])
        return tuple(_Law.draw(self, count, rng) for count in self.classes)


@dataclass(frozen=True)
class _Law:
    """One task: class sizes (C,), base logits (C,), confusions (C, C) with zero diagonal and rows that sum to one."""

    sizes: np.ndarray
    base: np.ndarray
    confusion: np.ndarray

    @staticmethod
    def draw(world: World, classes: int, rng: np.random.Generator) -> _Law:
        shares = np.arange(1, classes + 1, dtype=float) ** -world.tail
        sizes = np.maximum(np.floor(world.objects * shares / shares.sum()), world.smallest).astype(int)
        sizes[0] += world.objects - sizes.sum()
        sizes = np.array(world.sizes) if world.sizes else sizes
        # Rare classes are learnt from fewer photographs, so they are harder.
        base = 1.6 - 1.2 * np.linspace(0, 1, classes) + 0.5 * rng.standard_normal(classes)
        confusion = rng.dirichlet(np.full(classes, 0.5), classes) * sizes + 1e-3
        np.fill_diagonal(confusion, 0.0)
        return _Law(sizes, base, confusion / confusion.sum(1, keepdims=True))

    def f1(self, recall: np.ndarray) -> np.ndarray:
        """(..., C) recalls -> (..., C) class-wise F1 in an endless test part with these class shares."""
        hits = recall * self.sizes
        predicted = hits + ((1 - recall) * self.sizes) @ self.confusion
        return 2 * hits / (self.sizes + predicted)


class _Recall:
    """E[logistic(x + N(0, spread^2))] by Gauss-Hermite quadrature, tabulated."""

    def __init__(self, spread: float) -> None:
        nodes, weights = np.polynomial.hermite_e.hermegauss(31)
        grid = np.arange(-16, 16.01, 0.005)
        self._table = special.expit(grid[:, None] + spread * nodes) @ (weights / weights.sum())

    def __call__(self, x: np.ndarray) -> np.ndarray:
        place = (np.clip(x, -15.9, 15.9) + 16) * 200
        before = place.astype(np.int64)
        rest = place - before
        return (1 - rest) * self._table[before] + rest * self._table[before + 1]


@dataclass(frozen=True)
class Study:
    """One simulated study: what the runs predicted, and for each task the adapters' luck (folds, A, C)."""

    tasks: tuple[TaskOutcomes, ...]
    luck: tuple[np.ndarray, ...]


class Simulator:
    """Draws studies from a world; solves for the arms' shifts once."""

    def __init__(self, world: World, draws: int = 4000) -> None:
        self.world = world
        self._recall = _Recall(float(np.linalg.norm([world.difficulty, world.view, world.arm_object])))
        rng = np.random.default_rng([world.law, 78])
        self._noise = [rng.standard_normal((2, draws // 2, len(law.sizes) + 1)) for law in world.tasks]
        self._noise = [np.concatenate([noise, -noise], axis=1) for noise in self._noise]
        self.shifts: list[dict[str, float]] = []
        self.procedure: list[dict[str, float]] = []
        for task in range(len(world.tasks)):
            reference = self._expected(task, "real", 0.0)
            targets = {arm: reference + world.effect(arm, task) for arm in ARMS}
            self.shifts.append({arm: self._solve(task, arm, target) for arm, target in targets.items()})
            self.procedure.append(targets)

    def _effects(self, task: int, which: int, per_class: float, overall: float) -> np.ndarray:
        noise = self._noise[task][which]
        return per_class * noise[:, 1:] + overall * noise[:, :1]

    def _expected(self, task: int, arm: str, shift: float, luck: np.ndarray | None = None) -> float:
        """Expected macro-F1 over seeds, and over adapters too unless this adapter's `luck` (C,) is given."""
        world, law = self.world, self.world.tasks[task]
        effects = world.unsettled(arm, task) * self._effects(task, 0, world.seed_class, world.seed_overall)
        if luck is None and world.feels(arm) > 0:
            noise = self._effects(task, 1, world.adapter_class, world.adapter_overall)
            effects = effects + world.feels(arm) * (world.task_unrest[task] if world.task_unrest else 1.0) * noise
        elif luck is not None:
            effects = effects + luck
        return float(law.f1(self._recall(law.base + shift + effects)).mean())

    def _solve(self, task: int, arm: str, target: float) -> float:
        return float(optimize.brentq(lambda shift: self._expected(task, arm, shift) - target, -6, 6, xtol=1e-7))

    def draw(self, rng: np.random.Generator) -> Study:
        """One study."""
        world = self.world
        folds = rng.permutation(world.objects) % world.folds
        views = np.where(rng.random(world.objects) < world.several, rng.integers(2, 4, world.objects), 1)
        shape = (world.folds, world.adapters, world.seeds)
        overall = {
            "shared": rng.standard_normal(shape),
            "adapter": rng.standard_normal(shape[:2]),
            **{arm: rng.standard_normal(shape) for arm in ARMS},
        }
        general = rng.standard_normal(world.objects)
        drawn = [self._draw_task(task, rng, folds, views, overall, general) for task in range(len(world.tasks))]
        return Study(tuple(task for task, _ in drawn), tuple(luck for _, luck in drawn))

    def truth(self, study: Study, task: int, arm: str, scope: Scope) -> float:
        """Expected macro-F1: over adapters and seeds (`procedure`), or for the study's own adapters over seeds.

        With several folds the mean of the folds' scores stands for the pooled one.
        """
        luck, feels = study.luck[task], self.world.feels(arm)
        if scope == "procedure" or feels == 0 or not luck.any():
            return self.procedure[task][arm]
        shift = self.shifts[task][arm]
        rows = luck.reshape(-1, luck.shape[-1])
        return float(np.mean([self._expected(task, arm, shift, feels * row) for row in rows]))

    def _draw_task(
        self,
        task: int,
        rng: np.random.Generator,
        folds: np.ndarray,
        views: np.ndarray,
        overall: Mapping[str, np.ndarray],
        general: np.ndarray,
    ) -> tuple[TaskOutcomes, np.ndarray]:
        world, law = self.world, self.world.tasks[task]
        classes = len(law.sizes)
        truth = rng.permutation(np.repeat(np.arange(classes), law.sizes))
        hard = world.difficulty * (np.sqrt(0.3) * general + np.sqrt(0.7) * rng.standard_normal(world.objects))
        resembles = _choose(law.confusion[truth], rng)
        rows = np.repeat(np.arange(world.objects), views)
        labels, fold = truth[rows], folds[rows]
        margin = law.base[labels] + hard[rows] + world.view * rng.standard_normal(len(rows))
        shape = (world.folds, world.adapters, world.seeds, classes)
        luck = world.adapter_class * rng.standard_normal((*shape[:2], classes))
        luck = luck + world.adapter_overall * overall["adapter"][..., None]
        luck = luck * (world.task_unrest[task] if world.task_unrest else 1.0)
        shared = world.seed_class * rng.standard_normal(shape) + world.seed_overall * overall["shared"][..., None]
        predicted = {}
        for arm in ARMS:
            own = world.seed_class * rng.standard_normal(shape) + world.seed_overall * overall[arm][..., None]
            effect = np.sqrt(world.paired) * shared + np.sqrt(1 - world.paired) * own
            effect = world.unsettled(arm, task) * effect + world.feels(arm) * luck[:, :, None] + self.shifts[task][arm]
            lasting = (world.arm_object * rng.standard_normal(world.objects))[rows]
            logits = margin + lasting + effect[fold, :, :, labels].transpose(1, 2, 0)
            answers = np.where(rng.random(logits.shape) < special.expit(logits), labels, -1)
            wrong = answers < 0
            other = _choose(np.broadcast_to(law.confusion[labels], (*wrong.shape, classes))[wrong], rng)
            stays = rng.random(len(other)) < 0.7
            answers[wrong] = np.where(stays, np.broadcast_to(resembles[rows], wrong.shape)[wrong], other)
            predicted[arm] = answers
        outcome = TaskOutcomes(
            task=f"task-{task}",
            classes=tuple(f"class-{c}" for c in range(classes)),
            scored=tuple(range(classes)),
            truth=labels,
            objects=rows,
            folds=fold,
            weights=1.0 / views[rows],
            predicted=predicted,
        )
        return outcome, luck


def _choose(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) int64: one index for each row of probabilities (n, C)."""
    return (chances.cumsum(1) < rng.random((len(chances), 1))).sum(1).clip(max=chances.shape[1] - 1)
