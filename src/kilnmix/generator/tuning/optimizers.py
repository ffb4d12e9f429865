"""The optimiser of the adapter and its learning rate."""

from __future__ import annotations

from typing import Any

import torch

from kilnmix.config import Lora
from kilnmix.generator.tuning.schedule import learning_rate
from kilnmix.generator.tuning.weights import TrainedWeights


class Updater:
    """One optimiser step: gradients clipped, weights moved, gradients gone.

    On a GPU everything stays at its place, the learning rate too, so that the step can be captured in a graph.
    """

    def __init__(self, weights: TrainedWeights, lora: Lora, device: torch.device):
        self.weights, self.lora = weights, lora
        self.on_gpu = device.type == "cuda"
        options: dict[str, Any] = {"weight_decay": lora.weight_decay, "betas": (0.9, 0.999)}
        if self.on_gpu:
            # A tensor is read by the graph at each launch; a number would be frozen into it.
            self.rate: float | torch.Tensor = torch.tensor(lora.learning_rate, device=device)
            weights.keep_gradients()
            self.optimizer = torch.optim.AdamW(weights.masters, lr=self.rate, fused=True, capturable=True, **options)
        else:
            self.rate = lora.learning_rate
            self.optimizer = torch.optim.AdamW(weights.masters, lr=lora.learning_rate, **options)

    def set_rate(self, step: int) -> None:
        rate = learning_rate(step, self.lora.steps, self.lora.warmup_steps, self.lora.learning_rate)
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def update(self) -> torch.Tensor:
        """Moves the weights; returns the norm of the gradients before they were clipped."""
        self.weights.gather_gradients()
        norm = torch.nn.utils.clip_grad_norm_(self.weights.masters, self.lora.max_grad_norm)
        self.optimizer.step()
        self.weights.spread()
        if self.on_gpu:
            held = [weight.grad for weight in self.weights.used if weight.grad is not None]
            torch._foreach_zero_(held)
        else:
            for weight in self.weights.used:
                weight.grad = None
        return norm
