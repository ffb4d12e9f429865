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
from scipy import optimize

from kilnmix.statistics.responses import ClassModel, Recognition, Response, Spread, Utilities
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
        arms: the arms that are drawn; copies: arm -> the arm whose answers it has, training for training.
        ease: added to all logits; 4 makes a task saturated, -2 a hard one.
        heavy_tails: degrees of freedom of the t law, scaled to the same variance, of the effects on all classes and
            tasks alike; 0: a normal law.
        collection_class: what the collection's photographs make of an arm and a class, the same in all folds;
            fold_class: what a fold's training photographs make of them.
        sources: museums that the objects come from; 0: none is known. source_arm: what an arm makes of a source.
        utilities: answers are the argmax of latent utilities, in which a run's effects favour one class at the cost of
            the others (see `utilities`), instead of a right answer or a confusion.
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
    arms: tuple[str, ...] = ARMS
    copies: Mapping[str, str] = field(default_factory=dict)
    ease: float = 0.0
    heavy_tails: float = 0.0
    collection_class: float = 0.0
    fold_class: float = 0.0
    sources: int = 0
    source_arm: float = 0.0
    utilities: bool = False

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

    @property
    def adapter_scale(self) -> tuple[float, ...]:
        """Factor on the adapters' effects in each task."""
        return self.task_scale or (1.0,) * len(self.classes)

    @cached_property
    def tasks(self) -> tuple[ClassModel, ...]:
        rng = np.random.default_rng([self.class_seed, 77])
        return tuple(ClassModel.draw(self.class_sizes(count), self.ease, rng) for count in self.classes)

    def class_sizes(self, classes: int) -> np.ndarray:
        """(C,) test objects of a task's classes, falling."""
        if self.sizes:
            return np.array(self.sizes)
        shares = np.arange(1, classes + 1, dtype=float) ** -self.tail
        sizes = np.maximum(np.floor(self.objects * shares / shares.sum()), self.smallest).astype(int)
        sizes[0] += self.objects - sizes.sum()
        return sizes

    def overall(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Effects on all classes and tasks alike, of variance one."""
        if not self.heavy_tails:
            return rng.standard_normal(shape)
        return rng.standard_t(self.heavy_tails, shape) * np.sqrt(1 - 2 / self.heavy_tails)


@dataclass(frozen=True)
class SimulatedStudy:
    """One simulated study.

    Attributes:
        tasks: what the runs predicted.
        adapter_effects: for each task the adapters' effects (folds, A, C).
        collection_effects: for each task, arm -> what the collection's photographs make of it, (C,).
        source_effects: for each task, arm -> what it makes of each source, (G,).
    """

    tasks: tuple[TaskOutcomes, ...]
    adapter_effects: tuple[np.ndarray, ...]
    collection_effects: tuple[Mapping[str, np.ndarray], ...]
    source_effects: tuple[Mapping[str, np.ndarray], ...]


@dataclass(frozen=True)
class _Shared:
    """What the tasks of one study share: objects' folds, sources, views and general ease, and effects on all tasks."""

    folds: np.ndarray
    sources: np.ndarray
    views: np.ndarray
    general: np.ndarray
    overall: Mapping[str, np.ndarray]


class Simulator:
    """Draws studies from settings; solves for the arms' shifts once."""

    def __init__(self, settings: SimulationSettings, draws: int = 4000) -> None:
        self.settings = settings
        spread = Spread(settings.difficulty, settings.view, settings.arm_object)
        kind = Utilities if settings.utilities else Recognition
        self.responses: list[Response] = [kind(model, spread) for model in settings.tasks]
        rng = np.random.default_rng([settings.class_seed, 78])
        noise = [rng.standard_normal((2, draws // 2, count + 1)) for count in settings.classes]
        further = [rng.standard_normal((1, draws // 2, count + 1)) for count in settings.classes]
        if settings.heavy_tails:
            for part in noise:
                part[..., 0] = settings.overall(rng, part.shape[:-1])
        halves = [np.concatenate(pair) for pair in zip(noise, further, strict=True)]
        self._noise = [np.concatenate([half, -half], axis=1) for half in halves]
        self.shifts: list[dict[str, float]] = []
        self.procedure: list[dict[str, float]] = []
        for task in range(len(settings.tasks)):
            reference = self._expected(task, "real", 0.0)
            targets = {arm: reference + settings.effect(arm, task) for arm in settings.arms}
            self.shifts.append({arm: self._solve(task, arm, target) for arm, target in targets.items()})
            self.procedure.append(targets)

    def _expected(
        self,
        task: int,
        arm: str,
        shift: float,
        adapter: np.ndarray | None = None,
        collection: np.ndarray | None = None,
        sources: np.ndarray | None = None,
    ) -> float:
        """Expected macro-F1 over seeds and folds, and over adapters, collections and sources unless the effects of
        one adapter (C,), one collection (C,), or some sources (G,) are given."""
        settings = self.settings
        seeds, adapters, folds = self._noise[task]
        effects = settings.seed_class * seeds[:, 1:] + settings.seed_overall * seeds[:, :1]
        effects = settings.seed_scale(arm, task) * effects
        if adapter is not None:
            effects = effects + adapter
        elif settings.loading(arm) > 0:
            drawn = settings.adapter_class * adapters[:, 1:] + settings.adapter_overall * adapters[:, :1]
            effects = effects + settings.loading(arm) * settings.adapter_scale[task] * drawn
        of_collection = settings.collection_class if collection is None else 0.0
        effects = effects + float(np.hypot(settings.fold_class, of_collection)) * folds[:, 1:]
        if collection is not None:
            effects = effects + collection
        offsets = np.zeros((1, 1)) if sources is None else sources[:, None]
        spread = settings.source_arm if sources is None else 0.0
        return self.responses[task].expected(shift, effects, offsets, spread)

    def _solve(self, task: int, arm: str, target: float) -> float:
        return float(optimize.brentq(lambda shift: self._expected(task, arm, shift) - target, -6, 6, xtol=1e-7))

    def truth(
        self, study: SimulatedStudy, task: int, arm: str, scope: Scope, beyond: frozenset[str] = frozenset()
    ) -> float:
        """Expected macro-F1 on this collection and these sources: over adapters and seeds (`procedure`), or for the
        study's own adapters over seeds. `beyond` may name `collection` and `sources`: then over other ones too.

        With several folds the mean of the folds' scores stands for the pooled one.
        """
        arm = self.settings.copies.get(arm, arm)
        adapter, loading = study.adapter_effects[task], self.settings.loading(arm)
        collection = None if "collection" in beyond else study.collection_effects[task].get(arm)
        sources = None if "sources" in beyond else study.source_effects[task].get(arm)
        every = scope == "procedure" or loading == 0 or not adapter.any()
        if every and collection is None and sources is None:
            return self.procedure[task][arm]
        rows = [None] if every else [loading * row for row in adapter.reshape(-1, adapter.shape[-1])]
        shift = self.shifts[task][arm]
        return float(np.mean([self._expected(task, arm, shift, row, collection, sources) for row in rows]))

    def draw(self, rng: np.random.Generator) -> SimulatedStudy:
        """One study."""
        settings = self.settings
        folds = rng.permutation(settings.objects) % settings.folds
        views = np.where(rng.random(settings.objects) < settings.multi_view, rng.integers(2, 4, settings.objects), 1)
        shape = (settings.folds, settings.adapters, settings.seeds)
        overall = {
            "shared": settings.overall(rng, shape),
            "adapter": settings.overall(rng, shape[:2]),
            **{arm: settings.overall(rng, shape) for arm in settings.arms},
        }
        general = rng.standard_normal(settings.objects)
        sources = rng.integers(0, settings.sources, settings.objects) if settings.sources else np.zeros(0, np.int64)
        shared = _Shared(folds, sources, views, general, overall)
        drawn = [self._draw_task(task, rng, shared) for task in range(len(settings.tasks))]
        tasks, adapters, collections, museums = zip(*drawn, strict=True)
        return SimulatedStudy(tasks, adapters, collections, museums)

    def _draw_task(
        self, task: int, rng: np.random.Generator, shared: _Shared
    ) -> tuple[TaskOutcomes, np.ndarray, Mapping[str, np.ndarray], Mapping[str, np.ndarray]]:
        settings, response = self.settings, self.responses[task]
        sizes = settings.tasks[task].sizes
        truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        rows = np.repeat(np.arange(settings.objects), shared.views)
        fold = shared.folds[rows]
        shown = response.objects(rng, truth, shared.general, rows)
        shape = (settings.folds, settings.adapters, settings.seeds, len(sizes))
        adapter = settings.adapter_class * rng.standard_normal((*shape[:2], len(sizes)))
        adapter = adapter + settings.adapter_overall * shared.overall["adapter"][..., None]
        adapter = adapter * settings.adapter_scale[task]
        common = settings.seed_class * rng.standard_normal(shape)
        common = common + settings.seed_overall * shared.overall["shared"][..., None]
        predicted: dict[str, np.ndarray] = {}
        collections, museums = {}, {}
        for arm in settings.arms:
            own = (
                settings.seed_class * rng.standard_normal(shape)
                + settings.seed_overall * shared.overall[arm][..., None]
            )
            effect = np.sqrt(settings.paired) * common + np.sqrt(1 - settings.paired) * own
            effect = settings.seed_scale(arm, task) * effect + settings.loading(arm) * adapter[:, :, None]
            if settings.collection_class or settings.fold_class:
                collections[arm] = settings.collection_class * rng.standard_normal(len(sizes))
                of_folds = settings.fold_class * rng.standard_normal((settings.folds, len(sizes)))
                effect = effect + (collections[arm] + of_folds)[:, None, None]
            extra = np.zeros(settings.objects)
            if settings.sources:
                museums[arm] = settings.source_arm * rng.standard_normal(settings.sources)
                extra = museums[arm][shared.sources]
            predicted[arm] = response.answers(rng, shown, self.shifts[task][arm], effect[fold], extra)
        predicted |= {arm: predicted[other] for arm, other in settings.copies.items()}
        outcome = TaskOutcomes(
            task=f"task-{task}",
            classes=tuple(f"class-{c}" for c in range(len(sizes))),
            scored=tuple(range(len(sizes))),
            truth=truth[rows],
            objects=rows,
            folds=fold,
            weights=1.0 / shared.views[rows],
            predicted=predicted,
            sources=shared.sources[rows] if settings.sources else None,
        )
        return outcome, adapter, collections, museums
