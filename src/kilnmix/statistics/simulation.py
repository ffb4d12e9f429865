"""Simulated studies with a known truth, on which the statistics are themselves tested.

A study has long-tailed classes, objects that are easy or hard for every run, several views of some objects, a seed x
class effect of every run, and an adapter x class effect that all seeds of an adapter share and that the arms
fed from its pool share in proportion to their share of synthetic images. A photograph is recognised with probability

    logistic(base_c + shift_arm + seed effect + adapter effect + difficulty of the object + difficulty of the view),

else it is taken for another class, most often the one that its object resembles. The shift of an arm is solved for, so
that its expected macro-F1 differs from that of `real` by exactly the asked effect; without that an arm with adapter
effects would lose a little on average, since F1 is concave in the effects (Jensen).
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
"""Arms that are fed from an adapter's pool, and how much of its adapter effect each has."""


@dataclass(frozen=True)
class SimulationSettings:
    """What studies are drawn from. Standard deviations are on the logit scale.

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
        arm_scale: arm -> factor on its runs' own effects; task_scale: factor on all effects of a task (1 if empty).
        multi_view: share of objects with two or three views.
        effects: arm -> true difference of expected macro-F1 to `real`, one for all tasks or one each; none if left
            out.
        class_seed: of the class difficulties and confusions.
        sizes: for a study of one task, its classes' test objects, falling, in the place of `objects` and `tail`.
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
    arm_scale: Mapping[str, float] = field(default_factory=dict)
    task_scale: tuple[float, ...] = ()
    multi_view: float = 0.2
    effects: Mapping[str, float | tuple[float, ...]] = field(default_factory=dict)
    class_seed: int = 0
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.sizes and (self.classes != (len(self.sizes),) or self.objects != sum(self.sizes)):
            raise ValueError("sizes are those of the classes of the only task, and add up to objects")

    def loading(self, arm: str) -> float:
        """How much of an adapter's effect the arm has."""
        return SYNTHETIC.get(arm, 0.0)

    def seed_scale(self, arm: str, task: int) -> float:
        """Factor on the seed effects of an arm's runs."""
        return self.arm_scale.get(arm, 1.0) * (self.task_scale[task] if self.task_scale else 1.0)

    def effect(self, arm: str, task: int) -> float:
        given = self.effects.get(arm, 0.0)
        return given[task] if isinstance(given, tuple) else given

    @cached_property
    def tasks(self) -> tuple[_ClassModel, ...]:
        rng = np.random.default_rng([self.class_seed, 77])
        return tuple(_ClassModel.draw(self, count, rng) for count in self.classes)


@dataclass(frozen=True)
class _ClassModel:
    """One task: class sizes (C,), base logits (C,), confusions (C, C) with zero diagonal and rows that sum to one."""

    sizes: np.ndarray
    base: np.ndarray
    confusion: np.ndarray

    @staticmethod
    def draw(settings: SimulationSettings, classes: int, rng: np.random.Generator) -> _ClassModel:
        shares = np.arange(1, classes + 1, dtype=float) ** -settings.tail
        sizes = np.maximum(np.floor(settings.objects * shares / shares.sum()), settings.smallest).astype(int)
        sizes[0] += settings.objects - sizes.sum()
        sizes = np.array(settings.sizes) if settings.sizes else sizes
        # Rare classes are learnt from fewer photographs, so they are harder.
        base = 1.6 - 1.2 * np.linspace(0, 1, classes) + 0.5 * rng.standard_normal(classes)
        confusion = rng.dirichlet(np.full(classes, 0.5), classes) * sizes + 1e-3
        np.fill_diagonal(confusion, 0.0)
        return _ClassModel(sizes, base, confusion / confusion.sum(1, keepdims=True))

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
class SimulatedStudy:
    """One simulated study: what the runs predicted, and for each task the adapters' effects (folds, A, C)."""

    tasks: tuple[TaskOutcomes, ...]
    adapter_effects: tuple[np.ndarray, ...]


class Simulator:
    """Draws studies from settings; solves for the arms' shifts once."""

    def __init__(self, settings: SimulationSettings, draws: int = 4000) -> None:
        self.settings = settings
        self._recall = _Recall(float(np.linalg.norm([settings.difficulty, settings.view, settings.arm_object])))
        rng = np.random.default_rng([settings.class_seed, 78])
        self._noise = [rng.standard_normal((2, draws // 2, len(model.sizes) + 1)) for model in settings.tasks]
        self._noise = [np.concatenate([noise, -noise], axis=1) for noise in self._noise]
        self.shifts: list[dict[str, float]] = []
        self.procedure: list[dict[str, float]] = []
        for task in range(len(settings.tasks)):
            reference = self._expected(task, "real", 0.0)
            targets = {arm: reference + settings.effect(arm, task) for arm in ARMS}
            self.shifts.append({arm: self._solve(task, arm, target) for arm, target in targets.items()})
            self.procedure.append(targets)

    def _effects(self, task: int, which: int, per_class: float, overall: float) -> np.ndarray:
        noise = self._noise[task][which]
        return per_class * noise[:, 1:] + overall * noise[:, :1]

    def _expected(self, task: int, arm: str, shift: float, adapter: np.ndarray | None = None) -> float:
        """Expected macro-F1 over seeds, and over adapters too unless the effect (C,) of an `adapter` is given."""
        settings, model = self.settings, self.settings.tasks[task]
        effects = settings.seed_scale(arm, task) * self._effects(task, 0, settings.seed_class, settings.seed_overall)
        if adapter is None and settings.loading(arm) > 0:
            noise = self._effects(task, 1, settings.adapter_class, settings.adapter_overall)
            effects = (
                effects + settings.loading(arm) * (settings.task_scale[task] if settings.task_scale else 1.0) * noise
            )
        elif adapter is not None:
            effects = effects + adapter
        return float(model.f1(self._recall(model.base + shift + effects)).mean())

    def _solve(self, task: int, arm: str, target: float) -> float:
        return float(optimize.brentq(lambda shift: self._expected(task, arm, shift) - target, -6, 6, xtol=1e-7))

    def draw(self, rng: np.random.Generator) -> SimulatedStudy:
        """One study."""
        settings = self.settings
        folds = rng.permutation(settings.objects) % settings.folds
        views = np.where(rng.random(settings.objects) < settings.multi_view, rng.integers(2, 4, settings.objects), 1)
        shape = (settings.folds, settings.adapters, settings.seeds)
        overall = {
            "shared": rng.standard_normal(shape),
            "adapter": rng.standard_normal(shape[:2]),
            **{arm: rng.standard_normal(shape) for arm in ARMS},
        }
        general = rng.standard_normal(settings.objects)
        drawn = [self._draw_task(task, rng, folds, views, overall, general) for task in range(len(settings.tasks))]
        return SimulatedStudy(tuple(task for task, _ in drawn), tuple(adapter for _, adapter in drawn))

    def truth(self, study: SimulatedStudy, task: int, arm: str, scope: Scope) -> float:
        """Expected macro-F1: over adapters and seeds (`procedure`), or for the study's own adapters over seeds.

        With several folds the mean of the folds' scores stands for the pooled one.
        """
        adapter, loading = study.adapter_effects[task], self.settings.loading(arm)
        if scope == "procedure" or loading == 0 or not adapter.any():
            return self.procedure[task][arm]
        shift = self.shifts[task][arm]
        rows = adapter.reshape(-1, adapter.shape[-1])
        return float(np.mean([self._expected(task, arm, shift, loading * row) for row in rows]))

    def _draw_task(
        self,
        task: int,
        rng: np.random.Generator,
        folds: np.ndarray,
        views: np.ndarray,
        overall: Mapping[str, np.ndarray],
        general: np.ndarray,
    ) -> tuple[TaskOutcomes, np.ndarray]:
        settings, model = self.settings, self.settings.tasks[task]
        classes = len(model.sizes)
        truth = rng.permutation(np.repeat(np.arange(classes), model.sizes))
        hard = settings.difficulty * (np.sqrt(0.3) * general + np.sqrt(0.7) * rng.standard_normal(settings.objects))
        resembles = _choose(model.confusion[truth], rng)
        rows = np.repeat(np.arange(settings.objects), views)
        labels, fold = truth[rows], folds[rows]
        margin = model.base[labels] + hard[rows] + settings.view * rng.standard_normal(len(rows))
        shape = (settings.folds, settings.adapters, settings.seeds, classes)
        adapter = settings.adapter_class * rng.standard_normal((*shape[:2], classes))
        adapter = adapter + settings.adapter_overall * overall["adapter"][..., None]
        adapter = adapter * (settings.task_scale[task] if settings.task_scale else 1.0)
        shared = settings.seed_class * rng.standard_normal(shape) + settings.seed_overall * overall["shared"][..., None]
        predicted = {}
        for arm in ARMS:
            own = settings.seed_class * rng.standard_normal(shape) + settings.seed_overall * overall[arm][..., None]
            effect = np.sqrt(settings.paired) * shared + np.sqrt(1 - settings.paired) * own
            effect = (
                settings.seed_scale(arm, task) * effect
                + settings.loading(arm) * adapter[:, :, None]
                + self.shifts[task][arm]
            )
            lasting = (settings.arm_object * rng.standard_normal(settings.objects))[rows]
            logits = margin + lasting + effect[fold, :, :, labels].transpose(1, 2, 0)
            answers = np.where(rng.random(logits.shape) < special.expit(logits), labels, -1)
            wrong = answers < 0
            other = _choose(np.broadcast_to(model.confusion[labels], (*wrong.shape, classes))[wrong], rng)
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
        return outcome, adapter


def _choose(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) int64: one index for each row of probabilities (n, C)."""
    return (chances.cumsum(1) < rng.random((len(chances), 1))).sum(1).clip(max=chances.shape[1] - 1)
