"""What happens beside the optimiser steps: averaging, looking at validation, keeping the best weights."""

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
from kilnmix.classifier.metrics.validation import evaluate
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.classifier.results import Evaluation
from kilnmix.classifier.run import TrainingRun, opened
from kilnmix.classifier.training.ema import Average, reestimate_norms
from kilnmix.common import seeds

OnStep = Callable[[int, Mapping[str, float]], None]
"""Called after every step with the number of steps done, and what is new at that step: the loss, a look's figures."""
LOSSES = 50
"""How many entries the curve of the training loss has at least, as far as there are steps."""
# Photographs that batch-norm statistics are taken from.
NORM_IMAGES = 512


class Keeper(pl.Callback):
    """Averages the weights, looks at validation at fixed steps, and keeps the best average.

    Args:
        shadow: holds the average of `network`.
        seen: task -> (C_t,) bool, the classes that training has.
        probe: a network that answers beside the averaged one.
    """

    def __init__(
        self,
        run: TrainingRun,
        shadow: MultiTaskNetwork,
        network: MultiTaskNetwork,
        seen: Mapping[str, np.ndarray],
        on_step: OnStep | None,
        probe: MultiTaskNetwork | None = None,
    ) -> None:
        settings, collection = run.settings, opened(run.prepared)
        self.shadow, self._seen, self._on_step = shadow, seen, on_step
        self._network = network
        self._average: Average | None = None
        self._decay = settings.ema
        self._steps = {
            round(settings.steps * (look + 1) / settings.evaluations) for look in range(settings.evaluations)
        }
        self._every = max(settings.steps // LOSSES, 1)
        self._last, self._flips, self._only_last = settings.steps, settings.flips, settings.keep == "last"
        self._frozen_steps, self._patience = settings.frozen_steps, settings.patience
        chosen = np.sort(seeds.generator(run.seed, "norm photographs").permutation(run.train)[:NORM_IMAGES])
        self._norm_pixels = resized(collection.pixels[chosen], settings.size)
        self._val_pixels = resized(collection.pixels[run.val], settings.size)
        self._val_labels = {task: collection.labels[task][run.val] for task in run.tasks}
        self._probe_weight = settings.probe
        # What does not change is asked once.
        self._second = predict.outputs(probe, self._val_pixels, flips=True)[0] if probe is not None else None
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
        self._average = Average(self._network, self.shadow, self._decay, self._first)

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs, batch, batch_idx) -> None:  # type: ignore[no-untyped-def]
        assert self._average is not None
        self._average.update()
        self.images += len(batch["weights"])
        self._recent.append(outputs["loss"].detach())
        step = self._first + batch_idx + 1
        new: dict[str, float] = {}
        look = step in self._steps or step == self._last
        if look or step % self._every == 0:
            self.losses.append((step, float(np.mean([float(loss) for loss in self._recent]))))
            self._recent.clear()
            new["loss"] = self.losses[-1][1]
        if look:
            if self.shadow.mean.is_cuda:
                # Steps that the GPU has yet to do are no time of the look.
                torch.cuda.synchronize()
            began = time.perf_counter()
            looks = len(self.curve)
            self._look(step)
            new |= {name: value for entry in self.curve[looks:] for name, value in entry.figures.items()}
            self.seconds += time.perf_counter() - began
        if self._on_step is not None:
            self._on_step(step, new)

    def _look(self, step: int) -> None:
        if not len(self._val_pixels) and step < self._last:
            return
        still = self.shadow.backbone if step <= self._frozen_steps else None
        reestimate_norms(self.shadow, self._norm_batches(), spared=still)
        if not len(self._val_pixels):
            return
        entry = evaluate(step, self.validate(), self._val_labels, self._seen)
        self.curve.append(entry)
        if self._final() or (self._only_last and step < self._last):
            return
        # Of equal scores, which a small validation part often gives, the one with the smaller loss.
        if (entry.score, -entry.loss) > self._best_score or self._best is None:
            self._best_score, self.best_step = (entry.score, -entry.loss), step
            self._best = copy.deepcopy(self.shadow.state_dict())

    def _final(self) -> bool:
        """Whether the looks before the last one found nothing better for so long that nothing more is taken."""
        if self._patience is None or self._best is None:
            return False
        return sum(entry.step > self.best_step for entry in self.curve[:-1]) >= self._patience

    def _norm_batches(self) -> list[torch.Tensor]:
        device, batch = self.shadow.mean.device, predict.BATCH
        with torch.no_grad():
            return [
                self.shadow.normalised(torch.from_numpy(self._norm_pixels[start : start + batch]).to(device))
                for start in range(0, max(1, len(self._norm_pixels) - 1), batch)
            ]

    def state(self) -> dict[str, Any]:
        """All that a later process needs to go on."""
        return {
            "shadow": self.shadow.state_dict(),
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
        self.shadow.load_state_dict(state["shadow"])
        self._best, self.best_step = state["best"], state["best_step"]
        self._best_score = (state["best_score"][0], state["best_score"][1])
        self._recent = [torch.tensor(loss) for loss in state["recent"]]
        self.curve = [Evaluation(**entry) for entry in state["curve"]]
        self.losses = [(step, loss) for step, loss in state["losses"]]

    def validate(self) -> dict[str, np.ndarray]:
        """task -> (n, C_t) float32 logits of the validation part under the averaged weights, the probe's included."""
        own = predict.outputs(self.shadow, self._val_pixels, self._flips)[0]
        if self._second is None:
            return own
        return predict.together(own, self._second, self._probe_weight, self._seen)

    def restore(self) -> None:
        """Puts the best weights back."""
        if self._best is not None:
            self.shadow.load_state_dict(self._best)
