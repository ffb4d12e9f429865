"""The Lightning module: one network, its losses, its optimiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn

from kilnmix.classifier.data.batch import Batch
from kilnmix.classifier.data.mixup import blended, doubled
from kilnmix.classifier.network.multitask import MultiTaskNetwork, groups
from kilnmix.classifier.training import losses
from kilnmix.classifier.training.weighting import Weighting
from kilnmix.common.devices import fast_bfloat16, resolved
from kilnmix.common.schedules import warmup_cosine
from kilnmix.config import ClassifierSettings, Imbalance


class TaskLosses(nn.Module):
    """The tasks' masked cross-entropies.

    Args:
        imbalance: by task, what is done about rare classes.
        counts: by task, (C_t,) images of each class; class weights follow from them.
        drawn: the same, an image counted as often as it is drawn; its shares are the prior in training.
    """

    def __init__(
        self,
        smoothing: float,
        imbalance: Sequence[Imbalance],
        counts: Sequence[np.ndarray],
        drawn: Sequence[np.ndarray],
    ) -> None:
        super().__init__()
        self.smoothing = smoothing
        self.imbalance = list(imbalance)
        for task, (count, often) in enumerate(zip(counts, drawn, strict=True)):
            self.register_buffer(f"prior{task}", losses.log_prior(torch.from_numpy(often)), persistent=False)
            weights = losses.effective_number_weights(torch.from_numpy(count))
            self.register_buffer(f"class_weights{task}", weights, persistent=False)

    def forward(
        self, logits: Sequence[Tensor], labels: Tensor, image_weights: Tensor, soft: Tensor | None = None
    ) -> Tensor:
        """(T,) losses of (B, C_t) logits a task, (B, T) labels, (B,) image weights and `soft` as in `Batch`."""
        shares: Sequence[Tensor | None] = [None] * len(logits)
        if soft is not None:
            shares = soft.split([answers.shape[1] for answers in logits], dim=1)
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
                    soft=own,
                )
                for task, (answers, how, own) in enumerate(zip(logits, self.imbalance, shares, strict=True))
            ]
        )


class MultiTaskClassifier(pl.LightningModule):
    """Trains a `MultiTaskNetwork` on `Batch`es.

    Attributes:
        first: steps that an earlier process has done; Lightning counts batches from there.
        low_precision: whether steps are computed in bfloat16.
    """

    first = 0

    def __init__(
        self, network: MultiTaskNetwork, task_losses: TaskLosses, weighting: Weighting, settings: ClassifierSettings
    ) -> None:
        super().__init__()
        self.network, self.task_losses, self.weighting, self.settings = network, task_losses, weighting, settings
        self.low_precision = settings.precision == "bfloat16"
        if settings.precision == "auto":
            depthwise = any(isinstance(part, nn.Conv2d) and part.groups > 1 for part in network.modules())
            self.low_precision = fast_bfloat16(resolved(settings.device), depthwise)

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        frozen = self.first + batch_index < self.settings.frozen_steps
        # Frozen, its batch norms keep their statistics too.
        self.network.backbone.train(not frozen)
        known = (batch["labels"] >= 0).any(0)
        total: Tensor = self.weighting(self._losses(batch, frozen), known)
        return total

    def _losses(self, batch: Batch, frozen: bool) -> Tensor:
        x, labels, weights = self.network.normalised(batch["pixels"]), batch["labels"], batch["weights"]
        blend, kept, soft = batch.get("blend"), 1.0, batch.get("soft")
        if blend is not None:
            x, kept = blended(x, blend)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.low_precision):
            with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen):
                pooled = self.network.pooled(x)
            answers = list(self.network.classify(self.network.read(pooled)).values())
        if blend is not None:
            twice = [doubled(values, labels, weights, blend.partner, kept) for values in answers]
            answers, labels, weights = [values for values, _, _ in twice], twice[0][1], twice[0][2]
            soft = None if soft is None else torch.cat([soft, soft[blend.partner]])
        result: Tensor = self.task_losses(answers, labels, weights, soft)
        return result

    def on_train_batch_end(self, outputs: Tensor | Mapping[str, object] | None, batch: Batch, batch_idx: int) -> None:
        def losses_anew() -> Tensor:
            with torch.no_grad():
                return self._losses(batch, frozen=False)

        self.weighting.stepped(losses_anew)

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
        factors = [self._factor(str(part.pop("part")), cast(float, part["lr"])) for part in parts]
        optimizer = torch.optim.AdamW(parts, fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factors)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _factor(self, part: str, rate: float) -> Callable[[int], float]:
        """Step -> factor of a parameter group's rate; that of a frozen backbone rises from the step that frees it."""
        settings = self.settings
        wait, least = settings.frozen_steps if part == "backbone" else 0, min(1.0, settings.least_rate / rate)
        steps = settings.steps - wait
        warmup = max(1, round(steps * settings.warmup)) if settings.warmup else 0
        return lambda step: warmup_cosine(step - wait, steps, warmup, least)
