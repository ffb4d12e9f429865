"""Cross-fitting: which training photographs each judge is not trained on. Pure."""

from __future__ import annotations

import numpy as np

from kilnmix.common import seeds


def parts(objects: np.ndarray, labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(n,) int64 part 0 .. count-1 of each photograph; all photographs of an object are in one part.

    Objects of like labels are dealt out in turn, so that every part holds every combination that has enough objects.

    Args:
        objects: (n,) int64 object of each photograph; labels: (n, T) int64.
    """
    unique, first = np.unique(objects, return_index=True)
    shuffled = seeds.rng(seed, "judge parts").permutation(len(unique))
    order = shuffled[np.lexsort(labels[first][shuffled].T[::-1])]
    part = np.empty(len(unique), np.int64)
    part[order] = np.arange(len(unique)) % count
    return part[np.searchsorted(unique, objects)]
