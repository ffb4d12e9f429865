"""The plan's slots filled with pixels: what each optimiser step gets."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from kilnmix.classifier.data import gpu_memory as held
from kilnmix.classifier.data import mixup as blend
from kilnmix.classifier.data.augment import Augmenter
from kilnmix.classifier.data.batches import Step, class_counts, plan, row_weights
from kilnmix.classifier.data.gpu_augment import Resident
from kilnmix.classifier.run import TrainingRun, opened
from kilnmix.classifier.training.module import Batch
from kilnmix.common import seeds

_POWERS = {"balanced": 1.0, "square-root": 0.5}


class Feed:
    """The batches of a run in order; an iterable that Lightning takes as its loader. Pixels stay mapped from disk.

    Args:
        first: the step to begin with.
        resident: a device that is to hold the pictures and augment them; None: one by one on the CPU.
    """

    def __init__(self, run: TrainingRun, first: int = 0, resident: torch.device | None = None) -> None:
        self._run, self._first = run, first
        collection = opened(run.prepared)
        self._pixels = collection.pixels
        self._labels = np.stack([collection.labels[task] for task in run.tasks], axis=1)
        self._extra_pixels = np.load(run.extra.pixels, mmap_mode="r") if run.extra else np.empty((0, 1, 1, 3), np.uint8)
        self._resident = self._held(resident) if resident is not None else None

    def __len__(self) -> int:
        return self._run.settings.steps - self._first

    def __iter__(self) -> Iterator[Batch]:
        # A GPU's batches are made on it; a processor's by a thread beside the step, most of which is OpenCV's work.
        return self._batches() if self._resident is not None else ahead(self._batches())

    def _batches(self) -> Iterator[Batch]:
        run, settings = self._run, self._run.settings
        sizes = settings.sides
        augmenters = {size: Augmenter(settings.augment, size, run.seed) for size in sizes}
        for number, step in enumerate(self._steps()):
            if number < self._first:
                continue
            size = sizes[0] if number < settings.steps * settings.first_share else sizes[1]
            blended = None
            if settings.mix != "none":
                generator = seeds.generator(run.seed, "blend", number)
                blended = blend.draw(generator, len(step.real), len(step.extra), settings.mix, settings.mix_alpha)
            if self._resident is not None:
                yield self._resident.batch(number, step.real, step.extra, size, blended)
                continue
            batch = self._batch(step, self._pictures(number, step, augmenters[size]))
            if blended is not None:
                batch["blend"] = blended
            yield batch

    def _steps(self) -> Iterator[Step]:
        run, extra, settings = self._run, self._run.extra, self._run.settings
        return plan(
            settings.steps,
            settings.batch_size,
            len(run.train),
            run.seed,
            extra=len(extra.rows) if extra else 0,
            share=extra.share if extra else 0.0,
            mode=extra.mode if extra else "extra",
            weights=drawing_weights(run),
            empty_from=round(settings.steps * (1 - settings.finish_on_real)),
        )

    def _held(self, device: torch.device) -> Resident:
        run, extra = self._run, self._run.extra
        labels, weights = self._labels[run.train], np.ones(len(run.train), np.float32)
        if extra:
            labels = np.concatenate([labels, extra.labels])
            weights = np.concatenate([weights, np.full(len(extra.rows), extra.weight, np.float32)])
        others = self._extra_pixels[extra.rows] if extra else self._extra_pixels
        real = self._pixels[run.train]
        return Resident(run.settings.augment, run.seed, real, others, labels, weights, held.sizes(run), device)

    def _pictures(self, number: int, step: Step, augment: Augmenter) -> torch.Tensor:
        rows, extra = self._run.train[step.real], self._run.extra
        pictures = [augment(np.asarray(self._pixels[row]), number, f"real {slot}") for slot, row in enumerate(rows)]
        if extra and len(step.extra):
            others = enumerate(extra.rows[step.extra])
            pictures += [augment(np.asarray(self._extra_pixels[row]), number, f"extra {slot}") for slot, row in others]
        return torch.from_numpy(np.stack(pictures))

    def _batch(self, step: Step, pixels: torch.Tensor) -> Batch:
        extra = self._run.extra
        labels = self._labels[self._run.train[step.real]]
        weights = np.ones(len(step.real) + len(step.extra), np.float32)
        if extra and len(step.extra):
            labels = np.concatenate([labels, extra.labels[step.extra]])
            weights[len(step.real) :] = extra.weight
        return Batch(pixels=pixels, labels=torch.from_numpy(labels), weights=torch.from_numpy(weights))


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches in the same order, each made by another thread while the one before it is used."""
    with ThreadPoolExecutor(1, "batches") as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def drawing_weights(run: TrainingRun) -> np.ndarray | None:
    """(n,) with mean 1: how often each training row is drawn; None where all are drawn alike."""
    sampling = {task: how for task, how in run.settings.sampling.items() if task in run.tasks}
    if not sampling:
        return None
    labels = [opened(run.prepared).labels[task][run.train] for task in sampling]
    return row_weights(labels, [_POWERS[how] for how in sampling.values()])


def images_per_class(run: TrainingRun, drawn: bool) -> list[np.ndarray]:
    """A (C_t,) float64 array a task: training images of each class, the extra ones as often as they are seen.

    Args:
        drawn: count a photograph as often as sampling draws it.
    """
    collection, extra = opened(run.prepared), run.extra
    weights = drawing_weights(run) if drawn else None
    return [
        class_counts(
            collection.labels[task][run.train],
            len(collection.task(task).classes),
            extra.labels[:, column] if extra else None,
            extra.share if extra else 0.0,
            extra.weight if extra else 1.0,
            weights,
        )
        for column, task in enumerate(run.tasks)
    ]
