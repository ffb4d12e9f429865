"""The Lightning module: one network, its losses, its optimiser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, cast

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn

from kilnmix.classifier.data.mixup import Blend, blended, doubled
from kilnmix.classifier.network.multitask import MultiTaskNetwork, groups
from kilnmix.classifier.training import losses
from kilnmix.classifier.training.weighting import Weighting
from kilnmix.common.devices import fast_bfloat16, resolved
from kilnmix.config import ClassifierSettings, Imbalance


class Batch(TypedDict):
    """One step's images: pixels (B, S, S, 3) uint8, labels (B, T) int64 with -1 masked, weights (B,) float32."""

    pixels: Tensor
    labels: Tensor
    weights: Tensor
    blend: NotRequired[Blend]


class TaskLosses(nn.Module):
    """The tasks' masked cross-entropies.

    Args:
        imbalance: a way a task.
        counts: a (C_t,) array a task: images of each class.
        drawn: the same, times how often they are drawn; its shares are the prior that training sees.
    """

    def __init__(
        self,
        smoothing: float,
        imbalance: Sequence[Imbalance],
        counts: Sequence[np.ndarray],
        drawn: Sequence[np.ndarray] | None = None,
    ) -> None:
        super().__init__()
        self.smoothing = smoothing
        self.imbalance = list(imbalance)
        for task, (count, seen) in enumerate(zip(counts, drawn or counts, strict=True)):
            self.register_buffer(f"prior{task}", losses.log_prior(torch.from_numpy(seen)), persistent=False)
            weights = losses.effective_number_weights(torch.from_numpy(count))
            self.register_buffer(f"class_weights{task}", weights, persistent=False)

    def forward(self, logits: Sequence[Tensor], labels: Tensor, image_weights: Tensor) -> Tensor:
        """(T,) losses of (B, C_t) logits a task, (B, T) labels and (B,) image weights."""
        return torch.stack(
            [
                losses.masked_cross_entropy(
                    answers,
                    labels[:, task],
                    image_weights,
                    class_weights=self.get_buffer(f"class_weights{task}") if how == "effective-number" else None,
                    log_prior=self.get_buffer(f"prior{task}") if how == "logit-adjustment" else None,
                    smoothing=self.smoothing,
                    focus=2.0 if how == "focal" else 0.0,
                )
                for task, (answers, how) in enumerate(zip(logits, self.imbalance, strict=True))
            ]
        )


def rate_factor(step: int, steps: int, warmup: float, least: float = 0.0) -> float:
    """Factor of the learning rate at a step: linear from 0 over the warm-up, then a half cosine to `least`; 0 before
    step 0."""
    rising = max(1, round(steps * warmup)) if warmup else 0
    if step < 0:
        return 0.0
    if step < rising:
        return (step + 1) / rising
    cosine = 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))
    return least + (1 - least) * cosine


class MultiTaskClassifier(pl.LightningModule):
    """Trains a `MultiTaskNetwork` on `Batch`es.

    Attributes:
        first: steps that an earlier process did; Lightning counts batches from there.
    """

    first = 0

    def __init__(
        self, network: MultiTaskNetwork, task_losses: TaskLosses, weighting: Weighting, settings: ClassifierSettings
    ) -> None:
        super().__init__()
        self.network, self.task_losses, self.weighting, self.settings = network, task_losses, weighting, settings
        self._low = settings.precision == "bfloat16"
        if settings.precision == "auto":
            depthwise = any(isinstance(part, nn.Conv2d) and part.groups > 1 for part in network.modules())
            self._low = fast_bfloat16(resolved(settings.device), depthwise)

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        frozen = self.first + batch_index < self.settings.frozen_steps
        # Its batch norm stands still too.
        self.network.backbone.train(not frozen)
        known = (batch["labels"] >= 0).any(0)
        total: Tensor = self.weighting(self._losses(batch, frozen), known)
        return total

    def _losses(self, batch: Batch, frozen: bool) -> Tensor:
        x, labels, weights = self.network.normalised(batch["pixels"]), batch["labels"], batch["weights"]
        blend, kept = batch.get("blend"), 1.0
        if blend is not None:
            x, kept = blended(x, blend)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self._low):
            with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen):
                pooled = self.network.pooled(x)
            answers = list(self.network.classify(self.network.read(pooled)).values())
        if blend is not None:
            twice = [doubled(values, labels, weights, blend.partner, kept) for values in answers]
            answers, labels, weights = [values for values, _, _ in twice], twice[0][1], twice[0][2]
        result: Tensor = self.task_losses(answers, labels, weights)
        return result

    def on_train_batch_end(self, outputs: Tensor | Mapping[str, object] | None, batch: Batch, batch_idx: int) -> None:
        def again() -> Tensor:
            with torch.no_grad():
                return self._losses(batch, frozen=False)

        self.weighting.stepped(again)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        settings = self.settings
        parts = groups(
            self.network,
            settings.backbone_rate,
            settings.learning_rate,
            settings.weight_decay,
            settings.layer_decay,
        )
        learned = list(self.weighting.parameters())
        if learned:
            parts.append({"params": learned, "lr": settings.learning_rate, "weight_decay": 0.0, "part": "heads"})
        waits = {"backbone": settings.frozen_steps, "heads": 0}

        def factor(part: str, rate: float) -> object:
            wait, least = waits[part], min(1.0, settings.least_rate / rate)
            return lambda step: rate_factor(step - wait, settings.steps - wait, settings.warmup, least)

        factors = [factor(str(part.pop("part")), cast(float, part["lr"])) for part in parts]
        optimizer = torch.optim.AdamW(parts, fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factors)  # type: ignore[arg-type]
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
