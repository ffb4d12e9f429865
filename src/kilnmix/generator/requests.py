"""Which synthetic images to draw: how many of each attested combination of labels, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.prepared import MISSING


@dataclass(frozen=True)
class Request:
    """One image to draw.

    Attributes:
        number: its place in the pool; what its seed is derived from.
        labels: (T,) class indices that the caption asks for, -1 where the combination leaves a task open.
    """

    number: int
    labels: tuple[int, ...]


def combinations(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of `labels` (n, T) that know any label, (c, T), and how often each stands, (c,)."""
    known = labels[(labels != MISSING).any(axis=1)]
    return np.unique(known, axis=0, return_counts=True)


def rare_first(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(c,) weights that give every class of a task the same total over that task's known labels, averaged over tasks.

    A combination gets from each task the mean over its known labels of count / count of its class, so that a class
    of five photographs is asked for as often as one of two hundred.
    """
    shares = np.zeros(rows.shape, float)
    for task in range(rows.shape[1]):
        known = rows[:, task] != MISSING
        totals = np.bincount(rows[known, task], weights=counts[known])
        shares[known, task] = counts[known] / totals[rows[known, task]] / max(np.count_nonzero(totals), 1)
    return shares.sum(axis=1) / (rows != MISSING).sum(axis=1)


def largest_remainder(weights: np.ndarray, total: int) -> np.ndarray:
    """(c,) whole numbers that sum to `total`, in proportion to `weights` (c,): Hamilton's method, ties to the first."""
    quotas = weights / weights.sum() * total
    whole = np.floor(quotas).astype(np.int64)
    order = np.argsort(-(quotas - whole), kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole


def interleave(counts: Sequence[int] | np.ndarray) -> np.ndarray:
    """(sum,) which kind comes next, so that every beginning holds the kinds in about their proportions."""
    kinds = np.repeat(np.arange(len(counts)), counts)
    places = np.concatenate([(np.arange(count) + 0.5) / count for count in counts if count])
    return kinds[np.lexsort((kinds, places))]


def plan(labels: np.ndarray, images: int, allocation: str) -> list[Request]:
    """`images` requests for the combinations attested in `labels` (n, T) of the training photographs.

    `as-real` divides them as the photographs are, `rare-first` so that classes come out even; every beginning of the
    list is divided alike, so that smaller pools are the beginnings of larger ones.
    """
    rows, counts = combinations(labels)
    weights = counts.astype(float) if allocation == "as-real" else rare_first(rows, counts)
    order = interleave(largest_remainder(weights, images))
    return [Request(number, tuple(int(value) for value in rows[kind])) for number, kind in enumerate(order)]
