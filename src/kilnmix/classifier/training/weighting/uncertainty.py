"""Weights from learned noise: Kendall, Gal and Cipolla 2018 (1705.07115), eq. 10, in the form with s = log sigma^2."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


class Uncertainty(nn.Module):
    """total = sum_t w_t (exp(-s_t) L_t + s_t / 2) over the tasks with a label in the batch, s learned with the network.

    For a classification loss exp(-s) L is the scaled likelihood and s / 2 = log sigma what keeps sigma from growing.
    """

    weights: Tensor

    def __init__(self, weights: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32), persistent=False)
        self.log_variances = nn.Parameter(torch.zeros(len(weights)))

    def forward(self, losses: Tensor, known: Tensor) -> Tensor:
        each = torch.exp(-self.log_variances) * losses + self.log_variances / 2
        return (self.weights * each * known).sum()

    def stepped(self, again: Callable[[], Tensor]) -> None:
        """The optimiser has moved s already."""
