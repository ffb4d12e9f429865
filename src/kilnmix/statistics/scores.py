"""Weighted F1 over a fixed list of classes, and its linearisation.

The score of one run (one arm, one adapter, one classifier seed) is a weighted mean of class-wise F1 values,

    F = sum_c v_c F_c,   F_c = 2 TP_c / D_c,   D_c = T_c + P_c,

with TP_c, T_c and P_c the summed weights of the photographs of class c that are recognised, that exist, and that are
predicted. v = 1/C over the scored classes gives macro-F1; a one-hot v gives one class; 1/|g| over a group gives the
head, the middle or the tail. A photograph weighs 1/views of its object, so an object weighs one. Photographs whose
class is not in the fixed list are left out: counting such classes as zero would move macro-F1 by points from one
test part to the next.

Sources: the F1 of class c is the harmonic mean of precision and recall (van Rijsbergen 1979); macro-F1 as the
arithmetic mean of class-wise F1 (Opitz and Burst 2019, "Macro F1 and Macro F1"). The linearisation is the
infinitesimal jackknife (Jaeckel 1972; Efron 1982, ch. 6): the derivative of the score by the weight of a photograph,
times that weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Unlabelled:
    """What every run answered for one task on N test photographs of objects that have no label for it.

    Attributes:
        objects, folds, weights: as of `TaskOutcomes`, (N,).
        predicted: arm -> (A, S, N) int64, with the arms and seeds of the labelled outcomes.
        chances: (N, K) float64, the guessed chances of the K classes; known: (M, K), the same for the M photographs of
            the labelled outcomes. Both by the same networks, and by no test label.
    """

    objects: np.ndarray
    folds: np.ndarray
    weights: np.ndarray
    predicted: Mapping[str, np.ndarray]
    chances: np.ndarray
    known: np.ndarray


@dataclass(frozen=True)
class TaskOutcomes:
    """What every run predicted for one task on the test photographs that have a label for it.

    Attributes:
        task: name of the task.
        classes: every class that a network can predict.
        scored: indices of the fixed class list (classes with enough test objects), ascending.
        truth: (N,) int64, index into `classes`.
        objects: (N,) int64, the object that a photograph shows; several photographs may share one.
        folds: (N,) int64, the fold in which the photograph is tested; one fold for each object.
        weights: (N,) float64, 1/views of the photograph's object among these N.
        predicted: arm -> (A, S, N) int64, adapter x classifier seed x photograph, index into `classes`; -1 (no
            answer) counts as a wrong answer for no class. Adapter a of one fold and adapter a of another are different
            adapters. Every arm has the same A, and without `seeds` the same S: run (a, s) of `real` is paired with run
            (a, s) of the others.
        seeds: arm -> the classifier seeds of its runs, ascending, where arms have different ones; empty: all the same.
        sources: (N,) int64, the museum that a photograph's object comes from; None where no column says so.
        unlabelled: what the same runs answered on photographs without a label, if that is to be used.

    Raises:
        ValueError: no arm, shapes that do not agree, an object in two folds, an index outside `classes`, a weight <= 0.
    """

    task: str
    classes: tuple[str, ...]
    scored: tuple[int, ...]
    truth: np.ndarray
    objects: np.ndarray
    folds: np.ndarray
    weights: np.ndarray
    predicted: Mapping[str, np.ndarray]
    seeds: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    sources: np.ndarray | None = None
    unlabelled: Unlabelled | None = None

    def __post_init__(self) -> None:
        size = len(self.truth)
        if not self.predicted:
            raise ValueError(f"{self.task}: no arm has predictions")
        for name in ("objects", "folds", "weights"):
            if getattr(self, name).shape != (size,):
                raise ValueError(f"{self.task}: {name} must have shape ({size},), as truth has")
        if self.sources is not None and self.sources.shape != (size,):
            raise ValueError(f"{self.task}: sources must have shape ({size},), as truth has")
        shapes = {arm: predicted.shape for arm, predicted in self.predicted.items()}
        runs = {arm: (self.runs[0], len(self.seeds_of(arm)) if self.seeds else self.runs[1]) for arm in shapes}
        if any(len(shape) != 3 or shape != (*runs[arm], size) for arm, shape in shapes.items()):
            raise ValueError(f"{self.task}: predictions must all be (adapters, seeds, {size}), got {shapes}")
        labels = [self.truth, *self.predicted.values()]
        if size and (min(x.min() for x in labels) < -1 or max(x.max() for x in labels) >= len(self.classes)):
            raise ValueError(f"{self.task}: a class index is outside 0..{len(self.classes) - 1}")
        if size and (self.truth.min() < 0 or self.weights.min() <= 0):
            raise ValueError(f"{self.task}: truth must be known and weights positive")
        if list(self.scored) != sorted(set(self.scored)) or not set(self.scored) <= set(range(len(self.classes))):
            raise ValueError(f"{self.task}: scored must be ascending indices into classes")
        pairs = np.unique(np.stack([self.objects, self.folds]), axis=1)
        if len(np.unique(pairs[0])) != pairs.shape[1]:
            raise ValueError(f"{self.task}: an object is tested in two folds")

    @property
    def runs(self) -> tuple[int, int]:
        """(A, S): adapters of each fold, and classifier seeds of each adapter; of the arm with most seeds."""
        most = max(self.predicted.values(), key=lambda answers: answers.shape[1:2])
        return int(most.shape[0]), int(most.shape[1])

    def seeds_of(self, arm: str) -> tuple[int, ...]:
        """The classifier seeds of an arm's runs; counted from zero where they are not named, as all arms share them."""
        return self.seeds.get(arm) or tuple(range(self.predicted[arm].shape[1]))

    def common(self, *arms: str) -> tuple[int, ...]:
        """The seeds that all of some arms have, ascending."""
        return tuple(sorted(set.intersection(*(set(self.seeds_of(arm)) for arm in arms))))

    def over(self, seeds: tuple[int, ...]) -> TaskOutcomes:
        """The same with the runs of these seeds alone, and the arms that have all of them."""
        if not self.seeds:
            return self
        places = {
            arm: [self.seeds_of(arm).index(seed) for seed in seeds]
            for arm in self.predicted
            if set(seeds) <= set(self.seeds_of(arm))
        }
        return self.taking(places, {})

    def taking(self, places: Mapping[str, Sequence[int]], seeds: Mapping[str, tuple[int, ...]]) -> TaskOutcomes:
        """The same with these places of each arm's classifier seeds; an arm without an entry is left out."""

        def taken(predicted: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {arm: predicted[arm][:, list(kept)] for arm, kept in places.items()}

        others = self.unlabelled
        if others is not None:
            others = replace(others, predicted=taken(others.predicted))
        return replace(self, predicted=taken(self.predicted), seeds=dict(seeds), unlabelled=others)

    @cached_property
    def kept(self) -> np.ndarray:
        """(M,) int64: photographs whose class is scored."""
        return np.flatnonzero(np.isin(self.truth, self.scored))

    @cached_property
    def _grouped(self) -> tuple[np.ndarray, np.ndarray]:
        """First kept photograph of each object (n,), and each kept photograph's object as 0..n-1 (M,)."""
        _, first, inverse = np.unique(self.objects[self.kept], return_index=True, return_inverse=True)
        return self.kept[first], inverse

    @property
    def object_rows(self) -> np.ndarray:
        """(M,) int64: for each kept photograph its object, numbered 0..n-1."""
        return self._grouped[1]

    @property
    def object_folds(self) -> np.ndarray:
        """(n,) int64: the fold in which each scored object is tested."""
        return self.folds[self._grouped[0]]

    @property
    def object_classes(self) -> np.ndarray:
        """(n,) int64: the class of each scored object (of its first photograph, should they differ)."""
        return self.truth[self._grouped[0]]

    @property
    def object_sources(self) -> np.ndarray | None:
        """(n,) int64: the source of each scored object; None where it is not known."""
        return None if self.sources is None else self.sources[self._grouped[0]]

    @property
    def object_counts(self) -> dict[int, int]:
        """Scored class -> number of test objects."""
        counts = np.bincount(self.object_classes, minlength=len(self.classes))
        return {c: int(counts[c]) for c in self.scored}

    def macro(self) -> np.ndarray:
        """(K,) float64 class weights of macro-F1 over the fixed list; K is the number of all classes."""
        return self.group(self.scored)

    def group(self, members: Sequence[int]) -> np.ndarray:
        """(K,) float64 class weights of the mean F1 of the scored classes among `members` (zeros if none is)."""
        inside = [c for c in members if c in self.scored]
        weights = np.zeros(len(self.classes))
        weights[inside] = 1.0 / max(len(inside), 1)
        return weights


@dataclass(frozen=True)
class Counts:
    """Weighted counts of an arm's runs, all folds together: hits TP, and D = existing + predicted, each (A, S, K)."""

    hits: np.ndarray
    sizes: np.ndarray

    @property
    def f1(self) -> np.ndarray:
        """(A, S, K) float64: F1 of every class in every run; 0 where a class neither exists nor is predicted."""
        return 2.0 * self.hits / np.where(self.sizes > 0, self.sizes, 1.0)


def count(outcomes: TaskOutcomes, arm: str) -> Counts:
    """The weighted counts of every run of `arm` over the photographs of scored classes."""
    truth, weights = outcomes.truth[outcomes.kept], outcomes.weights[outcomes.kept]
    adapters, seeds, _ = outcomes.predicted[arm].shape
    classes = len(outcomes.classes)
    predicted = outcomes.predicted[arm][:, :, outcomes.kept].reshape(adapters * seeds, -1)
    existing = np.bincount(truth, weights, minlength=classes)
    runs = np.arange(adapters * seeds)[:, None]
    right = np.where(predicted == truth, weights, 0.0)
    hits = np.bincount((runs * classes + truth).ravel(), right.ravel(), minlength=runs.size * classes)
    # Index -1 (no answer) is counted in a column of its own, which is dropped.
    places = (runs * (classes + 1) + predicted + 1).ravel()
    sizes = np.bincount(places, np.broadcast_to(weights, predicted.shape).ravel(), minlength=runs.size * (classes + 1))
    sizes = existing + sizes.reshape(runs.size, -1)[:, 1:]
    return Counts(hits.reshape(adapters, seeds, -1), sizes.reshape(adapters, seeds, -1))


def class_f1(outcomes: TaskOutcomes, arm: str) -> np.ndarray:
    """(A, S, K) float64: F1 of every class in every run, folds pooled into one count."""
    return count(outcomes, arm).f1


def score(outcomes: TaskOutcomes, arm: str, class_weights: np.ndarray | None = None) -> float:
    """The arm's score: the mean over its runs of the class-weighted F1 (default: macro-F1); weights (K,)."""
    weights = outcomes.macro() if class_weights is None else class_weights
    return float((class_f1(outcomes, arm) @ weights).mean())


def linearised(outcomes: TaskOutcomes, arm: str, class_weights: np.ndarray, counts: Counts | None = None) -> np.ndarray:
    """Each object's part in the score of each run, to first order.

    The score is linearised at the arm's counts averaged over its runs. For a photograph of weight w, truth t and
    answer p its part is  w * (v_t (2 [p = t] - F_t) / D_t  -  v_p F_p / D_p).  Summed over the objects, a run's parts
    give that run's score minus the score at the averaged counts; averaged over the runs as well, zero.

    Args:
        class_weights: (K,) float64, zero for classes that are not scored.
        counts: what `count` returned for this arm, if it is at hand.

    Returns:
        (n, A, S) float64, objects in the order of `outcomes.object_classes`.
    """
    counts = count(outcomes, arm) if counts is None else counts
    adapters, seeds, _ = outcomes.predicted[arm].shape
    sizes = counts.sizes.mean(axis=(0, 1))
    safe = np.where(sizes > 0, sizes, 1.0)
    f1 = 2.0 * counts.hits.mean(axis=(0, 1)) / safe
    truth, weights = outcomes.truth[outcomes.kept], outcomes.weights[outcomes.kept]
    gain = (2.0 * class_weights / safe)[truth] * weights
    owed = (class_weights * f1 / safe)[truth] * weights
    cost = np.append(class_weights * f1 / safe, 0.0)  # the last entry is what the index -1 finds
    predicted = outcomes.predicted[arm][:, :, outcomes.kept].reshape(adapters * seeds, -1)
    objects = len(outcomes.object_classes)
    values = gain * (predicted == truth) - owed - weights * cost[predicted]
    runs = np.arange(adapters * seeds)[:, None]
    parts = np.bincount((runs * objects + outcomes.object_rows).ravel(), values.ravel(), minlength=runs.size * objects)
    return parts.reshape(-1, objects).T.reshape(objects, adapters, seeds)
