"""What each optimiser step trains on.

Everything random in a step (which photographs, mirror or not, latents, noise, timesteps, dropped words) follows from
(seed, purpose, step), so that training can stop after any step and go on to the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from kilnmix.common.seeds import derive
from kilnmix.config import Lora
from kilnmix.generator.cache import Cache


@dataclass(frozen=True)
class Step:
    """What one optimiser step trains on.

    Attributes:
        latents, noise: (b, C, h, w) float32.
        timesteps: (b,) int64.
        embeddings: (b, L, D) float16.
    """

    number: int
    latents: torch.Tensor
    noise: torch.Tensor
    timesteps: torch.Tensor
    embeddings: torch.Tensor

    @property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        return self.latents, self.noise, self.timesteps, self.embeddings


class Steps:
    """The steps from `start` to the end of training, each made from its number alone."""

    def __init__(self, cache: Cache, lora: Lora, seed: int, timesteps: int, start: int = 0):
        self.cache, self.lora, self.seed, self.timesteps, self.start = cache, lora, seed, timesteps, start

    def __iter__(self) -> Iterator[Step]:
        for number in range(self.start, self.lora.steps):
            yield self.make(number)

    def make(self, number: int) -> Step:
        rng = torch.Generator().manual_seed(derive(self.seed, "step", number))
        rows = self._rows(number)
        mirrored = torch.randint(2, (len(rows),), generator=rng)
        mean, std = self.cache.mean[rows, mirrored].float(), self.cache.std[rows, mirrored].float()
        latents = mean + std * torch.randn(mean.shape, generator=rng)
        noise = torch.randn(mean.shape, generator=rng)
        if self.lora.noise_offset:
            noise += self.lora.noise_offset * torch.randn((*mean.shape[:2], 1, 1), generator=rng)
        # One from each of b equal stretches (Kingma et al. 2021, appendix I.1): the same mean loss, less noise.
        spread = torch.randperm(len(rows), generator=rng) + torch.rand(len(rows), generator=rng)
        timesteps = (spread / len(rows) * self.timesteps).long().clamp(max=self.timesteps - 1)
        captions = [self._caption(int(row), rng) for row in rows]
        return Step(number, latents, noise, timesteps, self.cache.embeddings[captions])

    def _rows(self, number: int) -> torch.Tensor:
        """Rows of one batch: every epoch is a permutation of its own, batches run on across epochs."""
        count, size = len(self.cache), self.lora.batch_size
        places = range(number * size, (number + 1) * size)
        orders = {epoch: self._order(epoch) for epoch in {place // count for place in places}}
        return torch.stack([orders[place // count][place % count] for place in places])

    def _order(self, epoch: int) -> torch.Tensor:
        rng = torch.Generator().manual_seed(derive(self.seed, "epoch", epoch))
        return torch.randperm(len(self.cache), generator=rng)

    def _caption(self, row: int, rng: torch.Generator) -> int:
        whole, term = torch.rand(2, generator=rng).tolist()
        choices = self.cache.rows[row]
        if whole < self.lora.caption_dropout:
            return 0
        if term < self.lora.term_dropout and len(choices) > 1:
            return choices[1 + int(torch.randint(len(choices) - 1, (1,), generator=rng))]
        return choices[0]
