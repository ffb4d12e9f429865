"""How far synthetic images lie from photographs in a feature space. Pure."""

from __future__ import annotations

import numpy as np


def kernel_distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Kernel inception distance of Binkowski et al. 2018 (arXiv 1801.01401), section 4, on any features.

    The unbiased squared maximum mean discrepancy with the kernel (x . y / d + 1)^3; 0 in expectation when both come
    from one distribution, and may be slightly negative then.

    Args:
        ours: (n, d), theirs: (m, d) float; n and m at least 2.
    """
    within_ours, within_theirs, across = kernel(ours, ours), kernel(theirs, theirs), kernel(ours, theirs)
    n, m = len(ours), len(theirs)
    return float(
        (within_ours.sum() - np.trace(within_ours)) / (n * (n - 1))
        + (within_theirs.sum() - np.trace(within_theirs)) / (m * (m - 1))
        - 2 * across.mean()
    )


def kernel(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """(n, m) float64, (x . y / d + 1)^3 of every row of `ours` (n, d) with every row of `theirs` (m, d)."""
    return (ours.astype(np.float64) @ theirs.astype(np.float64).T / ours.shape[1] + 1) ** 3


def standardise(reference: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """All feature tables (., d) shifted and scaled so that `reference` has mean 0 and deviation 1 in every feature."""
    mean, deviation = reference.mean(axis=0), reference.std(axis=0)
    deviation = np.where(deviation > 1e-8, deviation, 1.0)
    return [(table - mean) / deviation for table in (reference, *others)]


def class_distances(
    ours: np.ndarray, our_labels: np.ndarray, theirs: np.ndarray, their_labels: np.ndarray, classes: int, least: int = 2
) -> np.ndarray:
    """(C,) `kernel_distance` of the images of each class; NaN where either side has fewer than `least`.

    Args:
        ours: (n, d) with labels (n,); theirs: (m, d) with labels (m,); -1 is in no class.
    """
    result = np.full(classes, np.nan)
    for label in range(classes):
        mine, other = ours[our_labels == label], theirs[their_labels == label]
        if min(len(mine), len(other)) >= least:
            result[label] = kernel_distance(mine, other)
    return result


def nearest(ours: np.ndarray, theirs: np.ndarray, count: int, block: int = 512) -> np.ndarray:
    """(n, count) int64 rows of `theirs` (m, d) nearest to each of `ours` (n, d), the nearest first; fewer if m is less.

    A block of rows is compared at once, so that memory is `block` times m.
    """
    count = min(count, len(theirs))
    found = np.empty((len(ours), count), np.int64)
    square = (theirs * theirs).sum(axis=1)
    for start in range(0, len(ours), block):
        away = square - 2 * ours[start : start + block] @ theirs.T
        found[start : start + block] = np.argsort(away, axis=1, kind="stable")[:, :count]
    return found
