"""How well an adapter predicts photographs that it was not tuned on, and when to stop.

A part of the *training* objects is kept back: the fold's validation and test parts are not the generator's to see. The
loss is taken at fixed timesteps with fixed noise, unweighted, so that it can be compared between steps and runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from kilnmix.common.seeds import derive
from kilnmix.config.generator import Validation
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning.steps import Batch

LEVELS = 4
"""Timesteps at which every photograph is measured, in the middle of equal stretches of the noise schedule."""
LEAST_OBJECTS = 5
"""A class with fewer objects gives none away."""


def held_back(objects: Sequence[str], labels: np.ndarray, share: float, seed: int) -> list[int]:
    """Rows of the photographs that are kept from tuning: about `share` of the objects, in a random order.

    An object is passed over if one of its classes has fewer than five objects, or would keep fewer than four.

    Args:
        labels: (n, T) class indices, -1 where a label is not known.
    """
    names = list(dict.fromkeys(objects))
    wanted = round(share * len(names))
    classes = {name: {(task, int(label)) for row, own in enumerate(objects) if own == name
                      for task, label in enumerate(labels[row]) if label >= 0} for name in names}  # fmt: skip
    left: dict[tuple[int, int], int] = {}
    for own in classes.values():
        for kind in own:
            left[kind] = left.get(kind, 0) + 1
    chosen: set[str] = set()
    for name in np.random.default_rng(derive(seed, "held back")).permutation(names):
        if len(chosen) == wanted:
            break
        if all(left[kind] >= LEAST_OBJECTS for kind in classes[name]):
            chosen.add(str(name))
            for kind in classes[name]:
                left[kind] -= 1
    return [row for row, name in enumerate(objects) if name in chosen]


def batches(cache: Cache, rows: Sequence[int], timesteps: int, batch_size: int) -> list[Batch]:
    """Every photograph of `rows` at `LEVELS` timesteps, with its full caption and noise that follows from its id."""
    pairs = [(row, level) for row in rows for level in range(LEVELS)]
    made = []
    for start in range(0, len(pairs), batch_size):
        part = pairs[start : start + batch_size]
        shape = cache.mean.shape[2:]
        noise = [
            torch.randn(shape, generator=torch.Generator().manual_seed(derive(0, "validation", cache.ids[row], level)))
            for row, level in part
        ]
        made.append(
            Batch(
                latents=cache.mean[[row for row, _ in part], 0].float(),
                noise=torch.stack(noise),
                timesteps=torch.tensor([int((level + 0.5) / LEVELS * timesteps) for _, level in part]),
                captions=torch.tensor([cache.rows[row][0] for row, _ in part]),
            )
        )
    return made


def mean_loss(parts: Sequence[Batch], errors: Callable[[Batch], torch.Tensor]) -> float:
    """Mean of `errors`, which gives (b,) squared errors of a batch, over all photographs and timesteps."""
    return float(torch.cat([errors(part).float().cpu() for part in parts]).double().mean())


@dataclass
class Watch:
    """The course of the validation loss, and whether it has stopped falling.

    Attributes:
        curve: (step, loss) of every measurement.
        best: the weights at the lowest loss, on the CPU; empty before the first measurement.
    """

    settings: Validation
    curve: list[tuple[int, float]] = field(default_factory=list)
    best: list[torch.Tensor] = field(default_factory=list)

    def note(self, step: int, loss: float, weights: Callable[[], list[torch.Tensor]]) -> None:
        """Takes a measurement; `weights` is called where it is the lowest."""
        if not self.curve or loss < min(value for _, value in self.curve):
            self.best = weights()
        self.curve.append((step, loss))

    @property
    def best_step(self) -> int | None:
        return min(self.curve, key=lambda point: point[1])[0] if self.curve else None

    @property
    def stopped(self) -> bool:
        """Whether `patience` measurements in a row brought no lower loss."""
        if self.settings.patience is None or not self.curve:
            return False
        lowest = min(range(len(self.curve)), key=lambda place: self.curve[place][1])
        return len(self.curve) - 1 - lowest >= self.settings.patience
