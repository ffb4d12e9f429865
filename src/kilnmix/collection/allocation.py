"""How a number of images is divided over combinations of labels, and in which order they come. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from kilnmix.collection.prepared import MISSING

Allocation = Literal["as-real", "rare-first"]


def combinations(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of `labels` (n, T) that know any label, (c, T), and how often each stands, (c,)."""
    known = labels[(labels != MISSING).any(axis=1)]
    return np.unique(known, axis=0, return_counts=True)


def weights(rows: np.ndarray, counts: np.ndarray, allocation: Allocation) -> np.ndarray:
    """(c,) share of each combination, summing to 1.

    `as-real`: as often as it stands. `rare-first`: within each task every class gets the same total, divided over its
    combinations as they stand; a combination's share is the mean over its known labels, so a class of five photographs
    is asked for about as often as one of two hundred.

    Args:
        rows: (c, T) int64 combinations, counts: (c,) how often each stands.
    """
    if allocation == "as-real":
        return counts / counts.sum()
    shares = np.zeros(rows.shape, float)
    for task in range(rows.shape[1]):
        known = rows[:, task] != MISSING
        if known.any():
            totals = np.bincount(rows[known, task], weights=counts[known])
            shares[known, task] = counts[known] / totals[rows[known, task]] / np.count_nonzero(totals)
    mean = shares.sum(axis=1) / (rows != MISSING).sum(axis=1)
    return mean / mean.sum()


def largest_remainder(shares: np.ndarray, total: int) -> np.ndarray:
    """(c,) whole numbers that sum to `total`, in proportion to `shares` (c,): Hamilton's method, ties to the first."""
    quotas = shares / shares.sum() * total
    whole = np.floor(quotas).astype(np.int64)
    order = np.argsort(-(quotas - whole), kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole


def interleave(counts: Sequence[int] | np.ndarray) -> np.ndarray:
    """(sum,) which kind comes next, so that every beginning holds the kinds in about their proportions."""
    kinds = np.repeat(np.arange(len(counts)), counts)
    places = np.concatenate([(np.arange(count) + 0.5) / count for count in counts if count])
    return kinds[np.lexsort((kinds, places))]


def draw_order(kinds: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(m,) an order of things of `kinds` (m,), every beginning of which follows `shares` (c,) while stocks last.

    At each place comes the kind that is furthest behind its share (ties to the first), the things of one kind in the
    order in which they stand; a kind that is used up drops out and the others share what remains.
    """
    stock = [list(np.flatnonzero(kinds == kind)[::-1]) for kind in range(len(shares))]
    taken = np.zeros(len(shares))
    alive = np.array([bool(things) for things in stock])
    order = np.empty(len(kinds), np.int64)
    for place in range(len(kinds)):
        wanted = np.where(alive, shares, 0.0)
        # Kinds that nobody asks for come last, evenly.
        wanted = wanted / wanted.sum() if wanted.sum() > 0 else alive / alive.sum()
        behind = np.where(alive, wanted * (place + 1) - taken, -np.inf)
        kind = int(np.argmax(behind))
        order[place] = stock[kind].pop()
        taken[kind] += 1
        alive[kind] = bool(stock[kind])
    return order
