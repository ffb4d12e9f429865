"""How often each row is drawn, and how much of each class training therefore sees. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kilnmix.collection.prepared import MISSING


def row_weights(labels: Sequence[np.ndarray], powers: Sequence[float]) -> np.ndarray:
    """(n,) float64 with mean 1: how often each row should be drawn so that rare classes come up more often.

    A row of a class with n_c rows gets n_c ** -power for a task, scaled to mean 1 over the rows whose label is known; a
    row whose label is not known gets 1. Several tasks' weights are averaged.

    Args:
        labels: (n,) int64 a task, -1 where not known.
        powers: 1 for equal shares of all classes, 0.5 for half way there.
    """
    tables = []
    for own, power in zip(labels, powers, strict=True):
        known = own != MISSING
        weights = np.ones(len(own))
        if known.any():
            raw = np.bincount(own[known]).astype(np.float64)[own[known]] ** -power
            weights[known] = raw / raw.mean()
        tables.append(weights)
    return np.mean(tables, axis=0)


def class_counts(
    labels: np.ndarray,
    classes: int,
    extra_labels: np.ndarray | None = None,
    share: float = 0.0,
    extra_weight: float = 1.0,
    row_weights: np.ndarray | None = None,
) -> np.ndarray:
    """(C,) float64: how much of each class training sees, in units of real photographs.

    Args:
        labels: (n,) int64 of one task, -1 where not known.
        extra_labels: (m,) int64 of the extra rows.
        share: extra / (real + extra) of the slots.
        extra_weight: weight of an extra image's loss.
        row_weights: (n,) with mean 1: how often a row is drawn.
    """
    real = labels != MISSING
    drawn = None if row_weights is None else row_weights[real]
    counts = np.bincount(labels[real], weights=drawn, minlength=classes).astype(np.float64)
    if extra_labels is not None and len(extra_labels):
        known = extra_labels[extra_labels != MISSING]
        each = len(labels) * share / (1 - share) / len(extra_labels)
        counts += extra_weight * each * np.bincount(known, minlength=classes)
    return counts
