"""Which images stand in which slot of which step. Pure: rows, labels and weights, no pixels.

Every step has `batch_size` real slots. Their sequence follows from the seed alone: epoch after epoch, each a
permutation of the training rows, cut into batches across epoch borders, so every arm of one seed sees the same real
photographs at the same steps. Extra slots stand behind them and follow permutations of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kilnmix.common import seeds


@dataclass(frozen=True)
class Step:
    """One step's slots.

    Attributes:
        real: (b,) int64 positions in the training rows; b is smaller than the batch size only in mode `replace`.
        extra: (e,) int64 positions in the extra rows.
    """

    real: np.ndarray
    extra: np.ndarray


class EpochOrder:
    """An endless sequence over n positions, epoch after epoch, each from (seed, purpose, epoch).

    Args:
        weights: (n,) how often each position comes up, relatively; None: every position once an epoch.
    """

    def __init__(self, count: int, seed: int, purpose: str, weights: np.ndarray | None = None) -> None:
        self.count, self.seed, self.purpose = count, seed, purpose
        self._weights = weights
        self._epoch = -1
        self._order = np.empty(0, np.int64)

    def take(self, start: int, length: int) -> np.ndarray:
        """(length,) int64: the sequence from `start` on."""
        places = np.arange(start, start + length)
        taken = np.empty(length, np.int64)
        for epoch in np.unique(places // self.count):
            if epoch != self._epoch:
                self._order = self._draw(seeds.generator(self.seed, self.purpose, epoch))
                self._epoch = int(epoch)
            here = places // self.count == epoch
            taken[here] = self._order[places[here] % self.count]
        return taken

    def _draw(self, generator: np.random.Generator) -> np.ndarray:
        order = generator.permutation(self.count)
        if self._weights is None:
            return order
        # Systematic sampling: a position with weight w comes floor or ceil of n w / sum(w) times.
        upto = np.cumsum(self._weights[order]) / self._weights.sum() * self.count
        places = np.searchsorted(upto, np.arange(self.count) + generator.uniform(), side="right")
        return generator.permutation(order[np.minimum(places, self.count - 1)])


def row_weights(labels: Sequence[np.ndarray], powers: Sequence[float]) -> np.ndarray:
    """(n,) float64 with mean 1: how often each row should be drawn so that rare classes come up more often.

    A row of a class with n_c rows gets n_c ** -power for a task, scaled to mean 1 over the rows whose label is known; a
    row whose label is not known gets 1. Several tasks' weights are averaged.

    Args:
        labels: (n,) int64 a task, -1 where not known.
        powers: 1 for equal shares of all classes, 0.5 for half way there.
    """
    tables = []
    for own, power in zip(labels, powers, strict=True):
        known = own >= 0
        weights = np.ones(len(own))
        if known.any():
            raw = np.bincount(own[known]).astype(np.float64)[own[known]] ** -power
            weights[known] = raw / raw.mean()
        tables.append(weights)
    return np.mean(tables, axis=0)


def extra_slots(batch_size: int, share: float, mode: Literal["extra", "replace"]) -> float:
    """Mean number e of extra slots a step: e / (batch_size + e) = share for `extra`, e / batch_size for `replace`."""
    return batch_size * share / (1 - share) if mode == "extra" else batch_size * share


def plan(
    steps: int,
    batch_size: int,
    real: int,
    seed: int,
    extra: int = 0,
    share: float = 0.0,
    mode: Literal["extra", "replace"] = "extra",
    weights: np.ndarray | None = None,
    empty_from: int | None = None,
) -> Iterator[Step]:
    """The slots of every step.

    A mean number of extra slots that is not whole is spread evenly: after k steps floor(k * mean) have been filled. In
    mode `replace` the extra images take the last real slots of a step; the photographs that would have stood there are
    left out.

    Args:
        real: number of training rows.
        extra: number of extra rows; 0 gives no extra slots whatever the share.
        weights: (real,) how often each training row is drawn, relatively; None: all alike.
        empty_from: from this step on there are no extra slots.
    """
    order = EpochOrder(real, seed, "real order", weights)
    others = EpochOrder(extra, seed, "extra order")
    mean = extra_slots(batch_size, share, mode) if extra else 0.0
    filled = 0
    for step in range(steps):
        # The rounding keeps 19 slots at a share of 0.05 at one a step instead of 0.99999999.
        upto = int(np.floor(round((step + 1) * mean, 9))) if empty_from is None or step < empty_from else filled
        positions = order.take(step * batch_size, batch_size)
        if mode == "replace":
            positions = positions[: batch_size - (upto - filled)]
        yield Step(positions, others.take(filled, upto - filled) if upto > filled else np.empty(0, np.int64))
        filled = upto


def class_counts(
    labels: np.ndarray,
    classes: int,
    extra_labels: np.ndarray | None = None,
    share: float = 0.0,
    extra_weight: float = 1.0,
    row_weights: np.ndarray | None = None,
) -> np.ndarray:
    """(C,) float64: how much of each class training sees, in units of real photographs.

    Args:
        labels: (n,) int64 of one task, -1 where not known.
        extra_labels: (m,) int64 of the extra rows.
        share: extra / (real + extra) of the slots.
        extra_weight: weight of an extra image's loss.
        row_weights: (n,) with mean 1: how often a row is drawn.
    """
    real = labels >= 0
    drawn = None if row_weights is None else row_weights[real]
    counts = np.bincount(labels[real], weights=drawn, minlength=classes).astype(np.float64)
    if extra_labels is not None and len(extra_labels):
        known = extra_labels[extra_labels >= 0]
        each = len(labels) * share / (1 - share) / len(extra_labels)
        counts += extra_weight * each * np.bincount(known, minlength=classes)
    return counts
