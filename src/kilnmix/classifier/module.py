"""The Lightning module: one network, its losses, its optimiser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn

from kilnmix.classifier import losses
from kilnmix.classifier.network import MultiTaskNetwork, groups
from kilnmix.config import ClassifierSettings


class Batch(TypedDict):
    """One step's images: pixels (B, S, S, 3) uint8, labels (B, T) int64 with -1 masked, weights (B,) float32."""

    pixels: Tensor
    labels: Tensor
    weights: Tensor


class TaskLoss(nn.Module):
    """Weighted sum of the tasks' masked cross-entropies.

    Args:
        counts: a (C_t,) array a task: how much of each class training sees, in photographs.
        weights: a weight a task.
    """

    def __init__(self, settings: ClassifierSettings, counts: Sequence[np.ndarray], weights: Sequence[float]) -> None:
        super().__init__()
        self.smoothing = settings.label_smoothing
        self.weights = list(weights)
        self.imbalance = settings.imbalance
        for task, count in enumerate(counts):
            number = torch.from_numpy(count)
            self.register_buffer(f"prior{task}", losses.log_prior(number), persistent=False)
            self.register_buffer(f"class_weights{task}", losses.effective_number_weights(number), persistent=False)

    def forward(self, logits: Mapping[str, Tensor], labels: Tensor, image_weights: Tensor) -> Tensor:
        """() loss of (B, C_t) logits a task, (B, T) labels and (B,) image weights."""
        total = torch.zeros((), device=labels.device)
        for task, (answers, weight) in enumerate(zip(logits.values(), self.weights, strict=True)):
            if weight == 0:
                continue
            total = total + weight * losses.masked_cross_entropy(
                answers,
                labels[:, task],
                image_weights,
                class_weights=self.get_buffer(f"class_weights{task}") if self.imbalance == "effective-number" else None,
                log_prior=self.get_buffer(f"prior{task}") if self.imbalance == "logit-adjustment" else None,
                smoothing=self.smoothing,
            )
        return total


def rate_factor(step: int, steps: int, warmup: float) -> float:
    """Factor of the learning rate at a step (0-based): linear from 0 over the warm-up, then a half cosine down to 0."""
    rising = max(1, round(steps * warmup)) if warmup else 0
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


class MultiTaskClassifier(pl.LightningModule):
    """Trains a `MultiTaskNetwork` on `Batch`es."""

    def __init__(self, network: MultiTaskNetwork, loss: TaskLoss, settings: ClassifierSettings) -> None:
        super().__init__()
        self.network, self.loss, self.settings = network, loss, settings

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        logits = self.network(self.network.normalised(batch["pixels"]))
        return self.loss(logits, batch["labels"], batch["weights"])

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        settings = self.settings
        optimizer = torch.optim.AdamW(
            groups(self.network, settings.backbone_rate, settings.learning_rate, settings.weight_decay), fused=True
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: rate_factor(step, settings.steps, settings.warmup)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
