"""Fixed weights: the plain weighted sum, which tuned baselines seldom lose to (Kurin et al. 2022, 2201.04122)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


class Static(nn.Module):
    """total = sum_t w_t L_t."""

    weights: Tensor

    def __init__(self, weights: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32), persistent=False)

    def forward(self, losses: Tensor, known: Tensor) -> Tensor:
        return (self.weights * losses).sum()

    def stepped(self, again: Callable[[], Tensor]) -> None:
        """Nothing is learned."""
