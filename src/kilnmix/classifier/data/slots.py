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
                self._order = self._draw(seeds.rng(self.seed, self.purpose, epoch))
                self._epoch = int(epoch)
            here = places // self.count == epoch
            taken[here] = self._order[places[here] % self.count]
        return taken

    def _draw(self, rng: np.random.Generator) -> np.ndarray:
        order = rng.permutation(self.count)
        if self._weights is None:
            return order
        # Systematic sampling: a position with weight w comes floor or ceil of n w / sum(w) times.
        upto = np.cumsum(self._weights[order]) / self._weights.sum() * self.count
        places = np.searchsorted(upto, np.arange(self.count) + rng.uniform(), side="right")
        return rng.permutation(order[np.minimum(places, self.count - 1)])


@dataclass(frozen=True)
class ExtraSlots:
    """How many extra slots the steps have.

    Attributes:
        rows: number of extra rows; 0 gives no extra slots whatever the share.
        share: extra / (real + extra) of the slots.
        mode: `extra` adds slots, `replace` takes the last real slots of a step.
        until: from this step on there are none.
    """

    rows: int
    share: float
    mode: Literal["extra", "replace"]
    until: int

    def mean(self, batch_size: int) -> float:
        """Mean number e a step: e / (batch_size + e) = share for `extra`, e / batch_size = share for `replace`."""
        if not self.rows:
            return 0.0
        return batch_size * self.share / (1 - self.share) if self.mode == "extra" else batch_size * self.share


def plan(
    steps: int,
    batch_size: int,
    real: int,
    seed: int,
    extra: ExtraSlots | None = None,
    weights: np.ndarray | None = None,
) -> Iterator[Step]:
    """The slots of every step.

    A mean number of extra slots that is not whole is spread evenly: after k steps floor(k * mean) have been filled.
    Photographs whose slots extra images take, in mode `replace`, are left out.

    Args:
        real: number of training rows.
        weights: (real,) how often each training row is drawn, relatively; None: all alike.
    """
    order = EpochOrder(real, seed, "real order", weights)
    others = EpochOrder(extra.rows if extra else 0, seed, "extra order")
    mean = extra.mean(batch_size) if extra else 0.0
    filled = 0
    for step in range(steps):
        # The rounding keeps 19 slots at a share of 0.05 at one a step instead of 0.99999999.
        target = int(np.floor(round((step + 1) * mean, 9))) if extra and step < extra.until else filled
        positions = order.take(step * batch_size, batch_size)
        if extra and extra.mode == "replace":
            positions = positions[: batch_size - (target - filled)]
        yield Step(positions, others.take(filled, target - filled) if target > filled else np.empty(0, np.int64))
        filled = target
