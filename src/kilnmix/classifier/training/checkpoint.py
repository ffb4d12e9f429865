"""Beside the optimiser steps: averaged weights, evaluations on the validation part, and the choice of a checkpoint."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

from kilnmix.classifier import predict
from kilnmix.classifier.data.resize import resized
from kilnmix.classifier.data.training_data import TrainingData
from kilnmix.classifier.metrics.validation import evaluate
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.classifier.results import Evaluation
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.ema import Average, reestimate_norms
from kilnmix.classifier.training.probe import Probe
from kilnmix.common import seeds

OnStep = Callable[[int, Mapping[str, float]], None]
"""Called after every step with the number of steps done, and the figures that are new at that step: the loss, or those
of an evaluation."""
LOSSES = 50
"""How many entries the curve of the training loss has at least, as far as there are steps."""
# Photographs that batch-norm statistics are taken from.
NORM_IMAGES = 512


class CheckpointSelection(pl.Callback):
    """Averages the weights, evaluates the average on the validation part at fixed steps, and keeps an average as
    `settings.keep` and `settings.patience` say.

    Args:
        network: the network that is trained.
        average: a copy of it that takes the average of its weights.
        probe: answers beside the averaged network.
        on_step: called after every step.

    Attributes:
        best_step: the step whose average is kept.
        curve: the evaluations, oldest first.
        losses: (step, training loss averaged over the steps since the last entry).
        images: how many images the steps have had.
        seconds: time that the evaluations took.
    """

    def __init__(
        self,
        run: TrainingRun,
        data: TrainingData,
        network: MultiTaskNetwork,
        average: MultiTaskNetwork,
        probe: Probe | None = None,
        on_step: OnStep | None = None,
    ) -> None:
        settings = run.settings
        self.average, self._network, self._settings, self._on_step = average, network, settings, on_step
        self._averaging: Average | None = None
        self._steps = {
            round(settings.steps * (number + 1) / settings.evaluations) for number in range(settings.evaluations)
        }
        self._every = max(settings.steps // LOSSES, 1)
        self._seen = data.seen
        chosen = np.sort(seeds.rng(run.seed, "norm photographs").permutation(run.train)[:NORM_IMAGES])
        self._norm_pixels = resized(data.pixels[chosen], settings.size)
        self._val_pixels = resized(data.pixels[run.val], settings.size)
        self._val_labels = data.labels_of(run.val)
        self._probe_logits = probe.validation if probe is not None else None
        self._best: dict[str, torch.Tensor] | None = None
        self._best_score = (-1.0, 0.0)
        self._recent: list[torch.Tensor] = []
        self._first = 0
        self.best_step = settings.steps
        self.curve: list[Evaluation] = []
        self.losses: list[tuple[int, float]] = []
        self.images = 0
        self.seconds = 0.0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._averaging = Average(self._network, self.average, self._settings.ema, self._first)

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs, batch, batch_idx) -> None:  # type: ignore[no-untyped-def]
        assert self._averaging is not None
        self._averaging.update()
        self.images += len(batch["weights"])
        self._recent.append(outputs["loss"].detach())
        step = self._first + batch_idx + 1
        new: dict[str, float] = {}
        evaluated = step in self._steps or step == self._settings.steps
        if evaluated or step % self._every == 0:
            self.losses.append((step, float(np.mean([float(loss) for loss in self._recent]))))
            self._recent.clear()
            new["loss"] = self.losses[-1][1]
        if evaluated:
            if self.average.mean.is_cuda:
                # Steps that the GPU has yet to do are no time of the evaluation.
                torch.cuda.synchronize()
            began = time.perf_counter()
            before = len(self.curve)
            self._evaluate(step)
            new |= {name: value for entry in self.curve[before:] for name, value in entry.figures.items()}
            self.seconds += time.perf_counter() - began
        if self._on_step is not None:
            self._on_step(step, new)

    def _evaluate(self, step: int) -> None:
        last = step == self._settings.steps
        if not len(self._val_pixels) and not last:
            return
        frozen = self.average.backbone if step <= self._settings.frozen_steps else None
        reestimate_norms(self.average, self._norm_batches(), spared=frozen)
        if not len(self._val_pixels):
            return
        entry = evaluate(step, self.validate(), self._val_labels, self._seen)
        self.curve.append(entry)
        if self._final() or (self._settings.keep == "last" and not last):
            return
        # Of equal scores, which a small validation part often gives, that with the smaller loss.
        if (entry.score, -entry.loss) > self._best_score or self._best is None:
            self._best_score, self.best_step = (entry.score, -entry.loss), step
            self._best = copy.deepcopy(self.average.state_dict())

    def _final(self) -> bool:
        """Whether the evaluations before this one were no better for so long that the best weights are final."""
        patience = self._settings.patience
        if patience is None or self._best is None:
            return False
        return sum(entry.step > self.best_step for entry in self.curve[:-1]) >= patience

    def _norm_batches(self) -> list[torch.Tensor]:
        device, batch = self.average.mean.device, predict.BATCH
        with torch.no_grad():
            return [
                self.average.normalised(torch.from_numpy(self._norm_pixels[start : start + batch]).to(device))
                for start in range(0, max(1, len(self._norm_pixels) - 1), batch)
            ]

    def state(self) -> dict[str, Any]:
        """All that a later process needs to go on, for `put_back`."""
        return {
            "average": self.average.state_dict(),
            "best": self._best,
            "best_score": list(self._best_score),
            "best_step": self.best_step,
            "recent": [float(loss) for loss in self._recent],
            "curve": [asdict(entry) for entry in self.curve],
            "losses": [list(entry) for entry in self.losses],
        }

    def put_back(self, state: Mapping[str, Any], first: int) -> None:
        """Goes on from what `state` gave after `first` steps."""
        self._first = first
        self.average.load_state_dict(state["average"])
        self._best, self.best_step = state["best"], state["best_step"]
        self._best_score = (state["best_score"][0], state["best_score"][1])
        self._recent = [torch.tensor(loss) for loss in state["recent"]]
        self.curve = [Evaluation(**entry) for entry in state["curve"]]
        self.losses = [(step, loss) for step, loss in state["losses"]]

    def validate(self) -> dict[str, np.ndarray]:
        """task -> (n, C_t) float32 logits of the validation part under the averaged weights, the probe's included."""
        own = predict.outputs(self.average, self._val_pixels, self._settings.flips)[0]
        if self._probe_logits is None:
            return own
        return predict.ensemble(own, self._probe_logits, self._settings.probe, self._seen)

    def restore(self) -> None:
        """Puts the best weights back."""
        if self._best is not None:
            self.average.load_state_dict(self._best)
