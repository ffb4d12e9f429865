"""A training that was stopped goes on where it stood, and ends with the same bits as one that was not."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from kilnmix.classifier.training.checkpoint import Keeper
from kilnmix.classifier.training.module import MultiTaskClassifier

EVERY_SECONDS = 60.0


class Resumer(pl.Callback):
    """Saves, now and then, all that the rest of a training depends on; and puts back what an earlier process saved.

    Order and augmentation follow from the step alone, so what counts are weights, averages, the optimiser's moments,
    the weighting's state and torch's generator. The last bits depend on the number of threads: what was saved under
    another number is left alone, as is a file that cannot be read.

    Args:
        path: the file; nothing is saved or found without it.
        began: clock and processor seconds at which this process began the training.
        every: seconds from one saving to the next.

    Attributes:
        first: optimiser steps that have been done already.
        spent: clock and processor seconds that they took.
    """

    def __init__(
        self,
        path: Path | None,
        module: MultiTaskClassifier,
        keeper: Keeper,
        began: tuple[float, float],
        every: float = EVERY_SECONDS,
    ) -> None:
        self.path, self._module, self._keeper, self._began, self._every = path, module, keeper, began, every
        self.first, self.spent = 0, (0.0, 0.0)
        self._saved_at = time.monotonic()
        self._found = _read(path)
        if self._found is not None:
            self._put_back(self._found)

    def _put_back(self, found: Mapping[str, Any]) -> None:
        self.first, self.spent = found["step"], tuple(found["spent"])
        self._module.first = self.first
        self._module.network.load_state_dict(found["network"])
        self._module.weighting.load_state_dict(found["weighting"])
        self._keeper.put_back(found["keeper"], self.first)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self._found is None:
            return
        trainer.optimizers[0].load_state_dict(self._found["optimizer"])
        trainer.lr_scheduler_configs[0].scheduler.load_state_dict(self._found["schedule"])
        torch.set_rng_state(self._found["random"])
        if self._found["random_cuda"] is not None:
            torch.cuda.set_rng_state(self._found["random_cuda"])
        self._found = None

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: object, batch_idx: int
    ) -> None:
        # Here, and not at a batch's end, all that belongs to the steps before has been done.
        if self.path is None or not batch_idx or time.monotonic() - self._saved_at < self._every:
            return
        now = time.perf_counter(), time.process_time()
        state = {
            "threads": torch.get_num_threads(),
            "step": self.first + batch_idx,
            "spent": [past + at - start for past, at, start in zip(self.spent, now, self._began, strict=True)],
            "network": self._module.network.state_dict(),
            "weighting": self._module.weighting.state_dict(),
            "keeper": self._keeper.state(),
            "optimizer": trainer.optimizers[0].state_dict(),
            "schedule": trainer.lr_scheduler_configs[0].scheduler.state_dict(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None,
        }
        partial = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        torch.save(state, partial)
        partial.replace(self.path)
        self._saved_at = time.monotonic()


def _read(path: Path | None) -> dict[str, Any] | None:
    if path is None or not path.is_file():
        return None
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # half a file, or another version's: the training begins anew
        return None
    return dict(found) if found.get("threads") == torch.get_num_threads() else None
