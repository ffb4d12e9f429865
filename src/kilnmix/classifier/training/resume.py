"""A training that was stopped goes on where it stood, and ends with the same bits as if it had not been stopped."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from kilnmix.classifier.training.checkpoint import CheckpointSelection
from kilnmix.classifier.training.module import MultiTaskClassifier
from kilnmix.common.files import replacing

EVERY_SECONDS = 60.0
"""From one saving to the next."""


class Resumer(pl.Callback):
    """Saves, now and then, all that the rest of a training depends on; and puts back what an earlier process saved.

    Order and augmentation follow from the step alone, so what counts are weights, averages, the optimiser's moments,
    the weighting's state and torch's generator. The last bits depend on the number of threads: what was saved under
    another number is left alone, as is a file that cannot be read.

    Args:
        path: the file; without it nothing is saved or put back.
        began: clock and processor seconds at which this process began the training.

    Attributes:
        first: optimiser steps that have been done already.
        spent: clock and processor seconds that they took.
    """

    def __init__(
        self,
        path: Path | None,
        module: MultiTaskClassifier,
        selection: CheckpointSelection,
        began: tuple[float, float],
    ) -> None:
        self.path, self._module, self._selection, self._began = path, module, selection, began
        self.first, self.spent = 0, (0.0, 0.0)
        self._saved_at = time.monotonic()
        self._state = _read(path)
        if self._state is not None:
            self._put_back(self._state)

    def _put_back(self, state: Mapping[str, Any]) -> None:
        self.first, self.spent = state["step"], tuple(state["spent"])
        self._module.first = self.first
        self._module.network.load_state_dict(state["network"])
        self._module.weighting.load_state_dict(state["weighting"])
        self._selection.put_back(state["selection"], self.first)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self._state is None:
            return
        trainer.optimizers[0].load_state_dict(self._state["optimizer"])
        trainer.lr_scheduler_configs[0].scheduler.load_state_dict(self._state["schedule"])
        torch.set_rng_state(self._state["random"])
        if self._state["random_cuda"] is not None:
            torch.cuda.set_rng_state(self._state["random_cuda"])
        self._state = None

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: object, batch_idx: int
    ) -> None:
        # Not at a batch's end, when the other callbacks have not seen the step yet.
        if self.path is None or not batch_idx or time.monotonic() - self._saved_at < EVERY_SECONDS:
            return
        now = time.perf_counter(), time.process_time()
        state = {
            "threads": torch.get_num_threads(),
            "step": self.first + batch_idx,
            "spent": [past + at - start for past, at, start in zip(self.spent, now, self._began, strict=True)],
            "network": self._module.network.state_dict(),
            "weighting": self._module.weighting.state_dict(),
            "selection": self._selection.state(),
            "optimizer": trainer.optimizers[0].state_dict(),
            "schedule": trainer.lr_scheduler_configs[0].scheduler.state_dict(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None,
        }
        with replacing(self.path, concurrent=True) as draft:
            torch.save(state, draft)
        self._saved_at = time.monotonic()


def _read(path: Path | None) -> dict[str, Any] | None:
    if path is None or not path.is_file():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # half a file, or another version's: the training begins anew
        return None
    return dict(state) if state.get("threads") == torch.get_num_threads() else None
