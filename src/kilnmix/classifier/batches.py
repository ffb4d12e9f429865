"""Which images stand in which slot of which step. Pure: rows, labels and weights, no pixels.

Every step has `batch_size` real slots. Their sequence follows from the seed alone: epoch after epoch, each a
permutation of the training rows, cut into batches across epoch borders, so every arm of one seed sees the same real
photographs at the same steps. Extra slots stand behind them and follow permutations of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kilnmix import seeds


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
    """An endless sequence over n positions: permutation after permutation, each from (seed, purpose, epoch)."""

    def __init__(self, count: int, seed: int, purpose: str) -> None:
        self.count, self.seed, self.purpose = count, seed, purpose
        self._epoch = -1
        self._order = np.empty(0, np.int64)

    def take(self, start: int, length: int) -> np.ndarray:
        """(length,) int64: the sequence from `start` on."""
        places = np.arange(start, start + length)
        taken = np.empty(length, np.int64)
        for epoch in np.unique(places // self.count):
            if epoch != self._epoch:
                self._order = seeds.generator(self.seed, self.purpose, epoch).permutation(self.count)
                self._epoch = int(epoch)
            here = places // self.count == epoch
            taken[here] = self._order[places[here] % self.count]
        return taken


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
) -> Iterator[Step]:
    """The slots of every step.

    A mean number of extra slots that is not whole is spread evenly: after k steps floor(k * mean) have been filled. In
    mode `replace` the extra images take the last real slots of a step; the photographs that would have stood there are
    left out.

    Args:
        real: number of training rows.
        extra: number of extra rows; 0 gives no extra slots whatever the share.
    """
    order = EpochOrder(real, seed, "real order")
    others = EpochOrder(extra, seed, "extra order")
    mean = extra_slots(batch_size, share, mode) if extra else 0.0
    filled = 0
    for step in range(steps):
        # The rounding keeps 19 slots at a share of 0.05 at one a step instead of 0.99999999.
        upto = int(np.floor(round((step + 1) * mean, 9)))
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
) -> np.ndarray:
    """(C,) float64: how much of each class training sees, in units of real photographs.

    Args:
        labels: (n,) int64 of one task, -1 where not known.
        extra_labels: (m,) int64 of the extra rows.
        share: extra / (real + extra) of the slots.
        extra_weight: weight of an extra image's loss.
    """
    counts = np.bincount(labels[labels >= 0], minlength=classes).astype(np.float64)
    if extra_labels is not None and len(extra_labels):
        known = extra_labels[extra_labels >= 0]
        each = len(labels) * share / (1 - share) / len(extra_labels)
        counts += extra_weight * each * np.bincount(known, minlength=classes)
    return counts
