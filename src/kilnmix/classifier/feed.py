"""The plan's slots filled with pixels: what each optimiser step gets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from kilnmix import seeds
from kilnmix.classifier import blend
from kilnmix.classifier.augment import Augmenter
from kilnmix.classifier.batches import Step, class_counts, plan, row_weights
from kilnmix.classifier.module import Batch
from kilnmix.classifier.run import TrainingRun, opened

_POWERS = {"balanced": 1.0, "square-root": 0.5}


class Feed:
    """The batches of a run in order; an iterable that Lightning takes as its loader. Pixels stay mapped from disk."""

    def __init__(self, run: TrainingRun) -> None:
        self._run = run
        collection = opened(run.prepared)
        self._pixels = collection.pixels
        self._labels = np.stack([collection.labels[task] for task in run.tasks], axis=1)
        self._extra_pixels = np.load(run.extra.pixels, mmap_mode="r") if run.extra else np.empty((0, 1, 1, 3), np.uint8)

    def __len__(self) -> int:
        return self._run.settings.steps

    def __iter__(self) -> Iterator[Batch]:
        run, settings = self._run, self._run.settings
        first = Augmenter(settings.augment, settings.first_size or settings.size, run.seed)
        then = Augmenter(settings.augment, settings.size, run.seed)
        for number, step in enumerate(self._steps()):
            batch = self._batch(number, step, first if number < settings.steps * settings.first_share else then)
            if settings.mix != "none":
                generator = seeds.generator(run.seed, "blend", number)
                batch["blend"] = blend.draw(
                    generator, len(step.real), len(step.extra), settings.mix, settings.mix_alpha
                )
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

    def _batch(self, number: int, step: Step, augment: Augmenter) -> Batch:
        rows, extra = self._run.train[step.real], self._run.extra
        pictures = [augment(np.asarray(self._pixels[row]), number, f"real {slot}") for slot, row in enumerate(rows)]
        labels, weights = self._labels[rows], np.ones(len(step.real) + len(step.extra), np.float32)
        if extra and len(step.extra):
            others = enumerate(extra.rows[step.extra])
            pictures += [augment(np.asarray(self._extra_pixels[row]), number, f"extra {slot}") for slot, row in others]
            labels = np.concatenate([labels, extra.labels[step.extra]])
            weights[len(step.real) :] = extra.weight
        return Batch(
            pixels=torch.from_numpy(np.stack(pictures)),
            labels=torch.from_numpy(labels),
            weights=torch.from_numpy(weights),
        )


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
