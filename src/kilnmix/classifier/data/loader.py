"""The plan's slots filled with pixels: the batches of the optimiser steps."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch

from kilnmix.classifier.data import mixup
from kilnmix.classifier.data.augment import Augmenter
from kilnmix.classifier.data.batch import Batch
from kilnmix.classifier.data.gpu_augment import GpuAugmenter, Pictures
from kilnmix.classifier.data.slots import ExtraSlots, Step, plan
from kilnmix.classifier.data.training_data import TrainingData
from kilnmix.classifier.run import TrainingRun
from kilnmix.common import seeds


class BatchLoader:
    """The batches of a run in order; an iterable that Lightning takes as its loader.

    Args:
        first: the step to begin with.
        device: the device that is to hold the pictures and augment them; None: picture by picture on the CPU.
    """

    def __init__(
        self, run: TrainingRun, data: TrainingData, first: int = 0, device: torch.device | None = None
    ) -> None:
        self._run, self._data, self._first = run, data, first
        self._on_device = self._pictures_on(device) if device is not None else None

    def __len__(self) -> int:
        return self._run.settings.steps - self._first

    def __iter__(self) -> Iterator[Batch]:
        # A GPU's batches are made on it; a CPU's by a thread beside the step, since most of their work is OpenCV's.
        return self._batches() if self._on_device is not None else prefetched(self._batches())

    def _batches(self) -> Iterator[Batch]:
        run, settings = self._run, self._run.settings
        sizes = settings.sides
        augmenters = {size: Augmenter(settings.augment, size, run.seed) for size in sizes}
        for number, step in enumerate(self._steps()):
            if number < self._first:
                continue
            size = sizes[0] if number < settings.steps * settings.first_share else sizes[1]
            blend = None
            if settings.mix != "none":
                rng = seeds.rng(run.seed, "blend", number)
                blend = mixup.draw(rng, len(step.real), len(step.extra), settings.mix, settings.mix_alpha)
            if self._on_device is not None:
                yield self._on_device.batch(number, step, size, blend)
                continue
            batch = self._batch(step, self._augmented(number, step, augmenters[size]))
            if blend is not None:
                batch["blend"] = blend
            yield batch

    def _steps(self) -> Iterator[Step]:
        run, settings = self._run, self._run.settings
        until = round(settings.steps * (1 - settings.finish_on_real))
        extra = ExtraSlots(len(run.extra.rows), run.extra.share, run.extra.mode, until) if run.extra else None
        return plan(settings.steps, settings.batch_size, len(run.train), run.seed, extra, self._data.row_weights)

    def _pictures_on(self, device: torch.device) -> GpuAugmenter:
        run, data, extra = self._run, self._data, self._run.extra
        labels, weights = data.labels[run.train], np.ones(len(run.train), np.float32)
        if extra:
            labels = np.concatenate([labels, extra.labels])
            weights = np.concatenate([weights, np.full(len(extra.rows), extra.weight, np.float32)])
        extra_pixels = data.extra_pixels[extra.rows] if extra else data.extra_pixels
        pictures = Pictures(data.pixels[run.train], extra_pixels, labels, weights)
        if extra and extra.soft is not None:
            soft = np.concatenate([data.shares(run.train), extra.soft])
            pictures = replace(pictures, soft=soft)
        return GpuAugmenter(run.settings.augment, run.seed, pictures, set(run.settings.sides), device)

    def _augmented(self, number: int, step: Step, augment: Augmenter) -> torch.Tensor:
        rows, extra, data = self._run.train[step.real], self._run.extra, self._data
        pictures = [augment(np.asarray(data.pixels[row]), number, f"real {slot}") for slot, row in enumerate(rows)]
        if extra and len(step.extra):
            others = enumerate(extra.rows[step.extra])
            pictures += [augment(np.asarray(data.extra_pixels[row]), number, f"extra {slot}") for slot, row in others]
        return torch.from_numpy(np.stack(pictures))

    def _batch(self, step: Step, pixels: torch.Tensor) -> Batch:
        extra = self._run.extra
        labels = self._data.labels[self._run.train[step.real]]
        weights = np.ones(len(step.real) + len(step.extra), np.float32)
        if extra and len(step.extra):
            labels = np.concatenate([labels, extra.labels[step.extra]])
            weights[len(step.real) :] = extra.weight
        batch = Batch(pixels=pixels, labels=torch.from_numpy(labels), weights=torch.from_numpy(weights))
        if extra and extra.soft is not None:
            shares = [self._data.shares(self._run.train[step.real]), extra.soft[step.extra]]
            batch["soft"] = torch.from_numpy(np.concatenate(shares))
        return batch


def prefetched(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches in the same order, each made by another thread while the batch before it is used."""
    with ThreadPoolExecutor(1, "batches") as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch
