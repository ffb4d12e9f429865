"""The optimiser of the adapter, its learning rate, and the moving average of the weights."""

from __future__ import annotations

from typing import Any

import torch

from kilnmix.config import Lora
from kilnmix.generator.tuning.schedule import learning_rate
from kilnmix.generator.tuning.weights import TrainedWeights


class Updater:
    """One optimiser step: gradients clipped, weights moved, averaged, gradients gone.

    On a GPU everything stays at its place, the learning rate too, so that the step can be captured in a graph.

    Attributes:
        average: the moving average of the weights (float32); empty without `lora.ema`.
        captures: whether the step can be captured.
    """

    def __init__(self, weights: TrainedWeights, lora: Lora, device: torch.device):
        self.weights, self.lora = weights, lora
        self.on_gpu = device.type == "cuda"
        self.captures = self.on_gpu and lora.optimizer == "adamw"
        self.average = [weight.detach().clone() for weight in weights.masters] if lora.ema else []
        if self.on_gpu:
            weights.keep_gradients()
        self.optimizer = self._optimizer(device)

    def _optimizer(self, device: torch.device) -> torch.optim.Optimizer:
        lora, masters = self.lora, self.weights.masters
        options: dict[str, Any] = {"weight_decay": lora.weight_decay, "betas": (0.9, 0.999)}
        if lora.optimizer == "prodigy":
            from prodigyopt import Prodigy

            # As its authors advise for diffusion models.
            return Prodigy(masters, lr=lora.learning_rate, safeguard_warmup=True, use_bias_correction=True, **options)
        if self.on_gpu:
            # A tensor is read by the graph at each launch; a number would be frozen into it.
            rate = torch.tensor(lora.learning_rate, device=device)
            return torch.optim.AdamW(masters, lr=rate, fused=True, capturable=True, **options)
        return torch.optim.AdamW(masters, lr=lora.learning_rate, **options)

    def set_rate(self, step: int) -> None:
        lora = self.lora
        rate = learning_rate(step, lora.steps, lora.warmup_steps, lora.learning_rate, lora.schedule)
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
        if self.average:
            with torch.no_grad():
                torch._foreach_lerp_(self.average, [*self.weights.masters], 1 - self.lora.ema)
        if self.on_gpu:
            torch._foreach_zero_([weight.grad for weight in self.weights.used if weight.grad is not None])
        else:
            for weight in self.weights.used:
                weight.grad = None
        return norm
