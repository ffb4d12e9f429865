"""Fewer photographs: nested parts of the training objects, and rare classes cut to a few objects. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import seeds
from kilnmix.statistics.frequency import frequency_groups


def nested(objects: np.ndarray, labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """(n,) bool: the photographs of `share` of the objects; with one seed a smaller share lies within a larger one.

    Systematic sampling (Cochran 1977, ch. 8) in strata: an object belongs to the rarest class that it is labelled
    with, so a rare class keeps about its proportion and is not lost by chance.

    Args:
        objects: (n,) int64, the object that each photograph shows.
        labels: (n, T) int64, -1 where not known.
        share: of the objects, 0 to 1; their number is rounded half up.
    """
    ids, inverse = np.unique(objects, return_inverse=True)
    known = np.full((len(ids), labels.shape[1]), MISSING, np.int64)
    np.maximum.at(known, inverse, labels)
    strata = _strata(known)
    rng = seeds.rng(seed, "nested photographs")
    shuffled = rng.permutation(len(ids))
    places = np.empty(len(ids))
    for stratum in np.unique(strata):
        members = shuffled[strata[shuffled] == stratum]
        places[members] = (np.arange(len(members)) + rng.random()) / len(members)
    chosen = np.zeros(len(ids), bool)
    chosen[np.argsort(places, kind="stable")[: int(np.floor(share * len(ids) + 0.5))]] = True
    return chosen[inverse]


def _strata(known: np.ndarray) -> np.ndarray:
    """(m,) int64: a number for the rarest (task, class) of each of m objects, -1 for one without a label."""
    rarity = np.full(known.shape, np.inf)
    for task in range(known.shape[1]):
        there = known[:, task] != MISSING
        counts = np.bincount(known[there, task])
        rarity[there, task] = counts[known[there, task]]
    task = rarity.argmin(axis=1)
    label = known[np.arange(len(known)), task]
    return np.where(label == MISSING, -1, task * (known.max(initial=0) + 1) + label)


def cut(objects: np.ndarray, labels: np.ndarray, classes: Sequence[int], most: int, seed: int) -> np.ndarray:
    """(n,) bool: the photographs that stay when each of `classes` of one task keeps at most `most` objects.

    With one seed the objects that a smaller number leaves are among those of a larger one.

    Args:
        objects: (n,) int64; labels: (n,) int64 of the task, -1 where not known.
    """
    stays = np.ones(len(objects), bool)
    for label in classes:
        members = np.unique(objects[labels == label])
        gone = seeds.rng(seed, "few objects", label).permutation(members)[most:]
        stays &= ~np.isin(objects, gone)
    return stays


def training_counts(photographs: Prepared, folds: Sequence[int], task: str) -> np.ndarray:
    """(K,) float64 objects of each class of a task in the training part, the mean over folds."""
    return np.mean([_objects(photographs, photographs.members(fold, "train"), task) for fold in folds], axis=0)


def tail_classes(photographs: Prepared, folds: Sequence[int], task: str, min_objects: int) -> tuple[int, ...]:
    """The tail as verdicts and report know it: the rarest third, by training objects, of the classes with at least
    `min_objects` objects in the folds' test parts."""
    tested = np.sum([_objects(photographs, photographs.members(fold, "test"), task) for fold in folds], axis=0)
    counts = training_counts(photographs, folds, task)
    return frequency_groups(counts.tolist(), np.flatnonzero(tested >= min_objects).tolist())["tail"]


def _objects(photographs: Prepared, rows: np.ndarray, task: str) -> np.ndarray:
    """(K,) int64 objects of each class among the photographs `rows`."""
    labels = photographs.labels[task][rows]
    pairs = np.unique(np.stack([labels, photographs.objects[rows]])[:, labels != MISSING], axis=1)
    return np.bincount(pairs[0], minlength=len(photographs.task(task).classes))
