"""The plan's slots filled with pixels: what each optimiser step gets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from kilnmix.classifier.augment import Augmenter
from kilnmix.classifier.batches import plan
from kilnmix.classifier.module import Batch
from kilnmix.classifier.run import TrainingRun, opened


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
        run, extra, settings = self._run, self._run.extra, self._run.settings
        augment = Augmenter(settings.augment, settings.size, run.seed)
        steps = plan(
            settings.steps,
            settings.batch_size,
            len(run.train),
            run.seed,
            extra=len(extra.rows) if extra else 0,
            share=extra.share if extra else 0.0,
            mode=extra.mode if extra else "extra",
        )
        for number, step in enumerate(steps):
            pictures = [
                augment(np.asarray(self._pixels[row]), number, f"real {slot}")
                for slot, row in enumerate(run.train[step.real])
            ]
            labels, weights = self._labels[run.train[step.real]], np.ones(len(step.real) + len(step.extra), np.float32)
            if extra and len(step.extra):
                pictures += [
                    augment(np.asarray(self._extra_pixels[row]), number, f"extra {slot}")
                    for slot, row in enumerate(extra.rows[step.extra])
                ]
                labels = np.concatenate([labels, extra.labels[step.extra]])
                weights[len(step.real) :] = extra.weight
            yield Batch(
                pixels=torch.from_numpy(np.stack(pictures)),
                labels=torch.from_numpy(labels),
                weights=torch.from_numpy(weights),
            )
