"""What each optimiser step trains on.

Everything random in a batch (which photographs, mirror or not, latents, noise, timesteps, dropped words) follows from
(seed, purpose, number), so that training can stop after any step and go on to the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from kilnmix.common.seeds import derive
from kilnmix.config import Lora
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning.prior import PriorImages


@dataclass(frozen=True)
class Batch:
    """What one pass through the network trains on.

    Attributes:
        latents, noise: (b, C, h, w) float32.
        timesteps: (b,) int64.
        captions: (b,) int64, rows of the cache's captions.
        factors: (b,) float32 of the images' errors, whose mean over the batch is the loss; None: 1 each.
    """

    latents: torch.Tensor
    noise: torch.Tensor
    timesteps: torch.Tensor
    captions: torch.Tensor
    factors: torch.Tensor | None = None


class Batches:
    """The batches of a training, each made from its number alone.

    Args:
        timesteps: how many the base's noise schedule has.
        rows: photographs that are trained on; all of the cache without any.
        prior: images of the bare base; every batch has as many of them behind its photographs.
    """

    # Six parameters beside self, each a part of what follows from a step's number.
    def __init__(
        self,
        cache: Cache,
        lora: Lora,
        seed: int,
        timesteps: int,
        rows: Sequence[int] | None = None,
        prior: PriorImages | None = None,
    ):
        self.prior = prior
        self.cache, self.lora, self.seed, self.timesteps = cache, lora, seed, timesteps
        self.members = torch.tensor(list(range(len(cache)) if rows is None else rows), dtype=torch.int64)
        self.weights = None
        if lora.sampling == "balanced":
            labels = np.array(cache.labels, np.int64)[self.members.numpy()]
            self.weights = torch.from_numpy(balanced_weights(labels))

    def make(self, number: int) -> Batch:
        rng = torch.Generator().manual_seed(derive(self.seed, "step", number))
        rows = self.rows(number)
        mirrored = torch.randint(2, (len(rows),), generator=rng)
        mean, std = self.cache.mean[rows, mirrored].float(), self.cache.std[rows, mirrored].float()
        latents = mean + std * torch.randn(mean.shape, generator=rng)
        noise, timesteps = self._noise(mean.shape, rng), self._timesteps(len(rows), rng)
        captions = torch.tensor([self._caption(int(row), rng) for row in rows])
        batch = Batch(latents, noise, timesteps, captions)
        return batch if self.prior is None else self._with_prior(batch, self.prior, rng)

    def _noise(self, shape: torch.Size, rng: torch.Generator) -> torch.Tensor:
        noise = torch.randn(shape, generator=rng)
        if self.lora.noise_offset:
            noise += self.lora.noise_offset * torch.randn((*shape[:2], 1, 1), generator=rng)
        return noise

    def _timesteps(self, count: int, rng: torch.Generator) -> torch.Tensor:
        # One from each of b equal stretches (Kingma et al. 2021, appendix I.1): the same mean loss, less noise.
        spread = torch.randperm(count, generator=rng) + torch.rand(count, generator=rng)
        return (spread / count * self.timesteps).long().clamp(max=self.timesteps - 1)

    def _with_prior(self, batch: Batch, prior: PriorImages, rng: torch.Generator) -> Batch:
        """The batch with as many images of the bare base; its loss is the mean of the one half plus `weight` times
        that of the other."""
        count = len(batch.latents)
        latents = prior.latents[torch.randint(len(prior.latents), (count,), generator=rng)]
        return Batch(
            latents=torch.cat([batch.latents, latents]),
            noise=torch.cat([batch.noise, self._noise(latents.shape, rng)]),
            timesteps=torch.cat([batch.timesteps, self._timesteps(count, rng)]),
            captions=torch.cat([batch.captions, torch.full((count,), prior.caption)]),
            factors=torch.cat([torch.full((count,), 2.0), torch.full((count,), 2.0 * prior.weight)]),
        )

    def rows(self, number: int) -> torch.Tensor:
        """Rows of one batch: every epoch is a permutation of its own, batches run on across epochs."""
        count, size = len(self.members), self.lora.batch_size
        places = range(number * size, (number + 1) * size)
        orders = {epoch: self._order(epoch) for epoch in {place // count for place in places}}
        return self.members[torch.stack([orders[place // count][place % count] for place in places])]

    def _order(self, epoch: int) -> torch.Tensor:
        rng = torch.Generator().manual_seed(derive(self.seed, "epoch", epoch))
        if self.weights is not None:
            return torch.multinomial(self.weights, len(self.members), replacement=True, generator=rng)
        return torch.randperm(len(self.members), generator=rng)

    def _caption(self, row: int, rng: torch.Generator) -> int:
        whole, term = torch.rand(2, generator=rng).tolist()
        choices = self.cache.rows[row]
        if whole < self.lora.caption_dropout:
            return 0
        if term < self.lora.term_dropout and len(choices) > 1:
            return choices[1 + int(torch.randint(len(choices) - 1, (1,), generator=rng))]
        return choices[0]


def balanced_weights(labels: np.ndarray) -> np.ndarray:
    """(n,) float64 weights by which every class of a task is shown alike, averaged over the tasks of a photograph.

    Args:
        labels: (n, T) class indices, -1 where a label is not known; a photograph without any label counts as common.
    """
    shares = np.zeros(labels.shape)
    for task in range(labels.shape[1]):
        column = labels[:, task]
        known = column >= 0
        counts = np.bincount(column[known], minlength=1)
        shares[known, task] = known.sum() / (np.count_nonzero(counts) * counts[column[known]])
    labelled = (labels >= 0).sum(axis=1)
    weights = shares.sum(axis=1) / np.maximum(labelled, 1)
    return np.where(labelled > 0, weights, weights[labelled > 0].min() if (labelled > 0).any() else 1.0)
