"""How far one label decides another: pure counts, no I/O."""

from __future__ import annotations

import numpy as np

from kilnmix.collection.prepared import MISSING


def table(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(A, B) int64 counts of two (N,) int64 labels over the rows where both are known, without empty ones."""
    known = (first != MISSING) & (second != MISSING)
    if not known.any():
        return np.zeros((0, 0), np.int64)
    _, a = np.unique(first[known], return_inverse=True)
    _, b = np.unique(second[known], return_inverse=True)
    counts = np.zeros((a.max() + 1, b.max() + 1), np.int64)
    np.add.at(counts, (a, b), 1)
    return counts


def cramers_v(counts: np.ndarray) -> float:
    """Cramér's V, 0..1, with the bias correction of Bergsma 2013 (J. Korean Statistical Society 42); nan if undefined.

    Args:
        counts: (A, B) contingency table.
    """
    total = counts.sum()
    rows, columns = counts.shape
    if total < 2 or min(rows, columns) < 2:
        return float("nan")
    expected = counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / total
    phi = float(((counts - expected) ** 2 / expected).sum() / total)
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (total - 1))
    rows_, columns_ = rows - (rows - 1) ** 2 / (total - 1), columns - (columns - 1) ** 2 / (total - 1)
    return float(np.sqrt(min(1.0, phi / min(rows_ - 1, columns_ - 1)))) if min(rows_, columns_) > 1 else float("nan")


def decided(counts: np.ndarray) -> tuple[float, float]:
    """How often the commonest row of each column is right, and how often the commonest row of all is.

    Args:
        counts: (A, B): of the label to be told, down, and of what tells it, across.
    """
    total = counts.sum()
    if not total:
        return float("nan"), float("nan")
    return float(counts.max(axis=0).sum() / total), float(counts.sum(axis=1).max() / total)
