"""All that a training reads, resolved once at its head: pictures, labels, and how often each class is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kilnmix.classifier.data.counts import class_counts, row_weights
from kilnmix.classifier.run import TrainingRun, collection_digest
from kilnmix.collection import prepared
from kilnmix.collection.prepared import Task

_POWERS = {"balanced": 1.0, "square-root": 0.5}


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The prepared collection and the extra images as a run sees them. Pixels stay mapped from disk.

    Attributes:
        collection: digest of the prepared collection.
        tasks: the run's tasks, in its order.
        pixels: (N, S, S, 3) uint8, all photographs of the collection; the run's rows are rows of it.
        labels: (N, T) int64, -1 where not known.
        extra_pixels: (M, S', S', 3) uint8; M is 0 without extra images.
        row_weights: (n,) float64 with mean 1, how often each training row is drawn; None: all alike.
        counts: a (C_t,) float64 array a task: training images of each class, the extra ones as often as they are seen.
        drawn_counts: the same, a photograph counted as often as it is drawn: their shares are the prior in training.
    """

    collection: str
    tasks: tuple[Task, ...]
    pixels: np.ndarray
    labels: np.ndarray
    extra_pixels: np.ndarray
    row_weights: np.ndarray | None
    counts: tuple[np.ndarray, ...]
    drawn_counts: tuple[np.ndarray, ...]

    @property
    def classes(self) -> dict[str, int]:
        """Task -> number of its classes."""
        return {task.name: len(task.classes) for task in self.tasks}

    @property
    def seen(self) -> dict[str, np.ndarray]:
        """Task -> (C_t,) bool, whether training has an image of the class."""
        return {task.name: count > 0 for task, count in zip(self.tasks, self.counts, strict=True)}

    def shares(self, rows: np.ndarray) -> np.ndarray:
        """(n, sum of classes) float32: photographs' labels as shares, tasks side by side; 0 where not known."""
        columns = []
        for column, task in enumerate(self.tasks):
            labels = self.labels[rows, column]
            columns.append(np.eye(len(task.classes), dtype=np.float32)[np.maximum(labels, 0)] * (labels >= 0)[:, None])
        return np.concatenate(columns, axis=1, dtype=np.float32)

    def labels_of(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Task -> (n,) int64 labels of some rows, -1 where not known."""
        return {task.name: self.labels[rows, column] for column, task in enumerate(self.tasks)}


def resolve(run: TrainingRun) -> TrainingData:
    """The data of a run.

    Raises:
        UserError: the prepared collection is not there.
    """
    photographs, extra = prepared.load(run.prepared), run.extra
    tasks = tuple(photographs.task(name) for name in run.tasks)
    labels = np.stack([photographs.labels[task.name] for task in tasks], axis=1)
    sampling = run.settings.sampling
    sampled = [column for column, task in enumerate(run.tasks) if task in sampling]
    powers = [_POWERS[sampling[run.tasks[column]]] for column in sampled]
    weights = row_weights([labels[run.train, column] for column in sampled], powers) if sampled else None

    def counts(drawn: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return tuple(
            class_counts(
                labels[run.train, column],
                len(task.classes),
                extra.labels[:, column] if extra else None,
                extra.share if extra else 0.0,
                extra.weight if extra else 1.0,
                drawn,
            )
            for column, task in enumerate(tasks)
        )

    return TrainingData(
        collection=collection_digest(run.prepared),
        tasks=tasks,
        pixels=photographs.pixels,
        labels=labels,
        extra_pixels=np.load(extra.pixels, mmap_mode="r") if extra else np.empty((0, 1, 1, 3), np.uint8),
        row_weights=weights,
        counts=counts(None),
        drawn_counts=counts(weights),
    )
