"""FAMO, fast adaptive multitask optimisation: Liu, Feng, Stone and Liu 2023 (2306.03792), algorithm 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Famo(nn.Module):
    """total = c sum_t z_t log L_t with z = softmax(xi) and c = 1 / sum_t (z_t / L_t), a constant for the gradient.

    After the optimiser step the losses are taken anew on the same batch, and xi goes one Adam step down along
    J_softmax(xi)^T (log L_before - log L_after): a task whose loss fell less than the others' gains weight. The fixed
    weights w_t are factors of L_t and cancel but for c. Tasks without a label in the batch are left out of all sums.
    """

    weights: Tensor

    def __init__(self, weights: Sequence[float], rate: float = 0.025, decay: float = 1e-3) -> None:
        super().__init__()
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32), persistent=False)
        # Its own optimiser moves it, so it is no parameter of the network's.
        self.xi = torch.zeros(len(weights), requires_grad=True)
        self._optimizer = torch.optim.Adam([self.xi], lr=rate, weight_decay=decay)
        self._before: tuple[Tensor, Tensor] | None = None

    def forward(self, losses: Tensor, known: Tensor) -> Tensor:
        active = known & (self.weights > 0)
        scaled = torch.where(active, self.weights * losses + 1e-8, torch.ones_like(losses))
        z = torch.where(active, torch.softmax(self.xi.detach().to(losses.device), 0), torch.zeros_like(losses))
        if self.training:
            self._before = scaled.detach().log().cpu(), active.cpu()
        constant = 1 / (z / scaled.detach()).sum().clamp(min=1e-12)
        return constant * (z * scaled.log()).sum()

    def stepped(self, again: Callable[[], Tensor]) -> None:
        """Moves xi.

        Args:
            again: the (T,) losses anew, on the batch of the last call and without gradients.
        """
        if self._before is None:
            return
        before, active = self._before
        after = (self.weights.cpu() * again().detach().cpu() + 1e-8).log()
        fallen = torch.where(active, before - after, torch.zeros_like(before))
        self._optimizer.zero_grad()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(torch.softmax(self.xi, 0), self.xi, grad_outputs=fallen)
        self.xi.grad = gradient
        self._optimizer.step()
        self._before = None

    def get_extra_state(self) -> dict[str, Any]:
        return {"xi": self.xi.detach(), "optimizer": self._optimizer.state_dict()}

    def set_extra_state(self, state: Mapping[str, Any]) -> None:
        with torch.no_grad():
            self.xi.copy_(state["xi"])
        self._optimizer.load_state_dict(state["optimizer"])
