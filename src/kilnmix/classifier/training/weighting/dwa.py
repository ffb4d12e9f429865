"""Dynamic weight average: Liu, Johns and Davison 2019 (1803.10704), section 3.2."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn


class DynamicAverage(nn.Module):
    """total = sum_t w_t lambda_t L_t, where lambda follows how fast each task's loss has been falling.

        lambda_t = T softmax_t(r_t / tau),   r_t = (mean loss of the last window) / (mean loss of the window before)

    Until two windows are full all lambda are 1. A task without a label in a window keeps its last mean; before
    its first label it has nothing to fall from, so its r is 1.
    """

    weights: Tensor
    factors: Tensor

    def __init__(self, weights: Sequence[float], window: int, temperature: float = 2.0) -> None:
        super().__init__()
        self.window, self.temperature = window, temperature
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32), persistent=False)
        self.register_buffer("factors", torch.ones(len(weights)))
        self._history: list[Tensor] = []
        self._sum = torch.zeros(len(weights))
        self._seen = torch.zeros(len(weights))
        self._steps = 0

    def forward(self, losses: Tensor, known: Tensor) -> Tensor:
        if self.training:
            self._note(losses.detach().cpu(), known.cpu())
        return (self.weights * self.factors * losses).sum()

    def _note(self, losses: Tensor, known: Tensor) -> None:
        self._sum += losses * known
        self._seen += known
        self._steps += 1
        if self._steps < self.window:
            return
        mean = self._sum / self._seen.clamp(min=1)
        if self._history:
            before = self._history[-1]
            mean = torch.where(self._seen > 0, mean, before)
            ratio = torch.where(before > 0, mean / before.clamp(min=1e-8), torch.ones_like(mean))
            self.factors.copy_(len(mean) * torch.softmax(ratio / self.temperature, 0))
        self._history = [mean]
        self._sum.zero_()
        self._seen.zero_()
        self._steps = 0

    def stepped(self, again: Callable[[], Tensor]) -> None:
        """The factors change with the windows, not with the steps."""

    def get_extra_state(self) -> dict[str, Any]:
        return {"history": self._history, "sum": self._sum, "seen": self._seen, "steps": self._steps}

    def set_extra_state(self, state: Mapping[str, Any]) -> None:
        self._history, self._steps = list(state["history"]), state["steps"]
        self._sum, self._seen = state["sum"].clone(), state["seen"].clone()
