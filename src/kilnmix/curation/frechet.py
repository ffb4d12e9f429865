"""The Frechet inception distance between two sets of features (Heusel et al. 2017, arXiv 1706.08500, equation 6). Pure.

d^2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). The trace of the root is the sum of the roots of the eigenvalues of
C1^(1/2) C2 C1^(1/2), which is symmetric. With fewer images than features the distance is biased upwards (Binkowski et
al. 2018, arXiv 1801.01401), so only pools of equally many images compare.
"""

from __future__ import annotations

import math

import numpy as np


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The squared distance of features (n, d) and (m, d), n and m at least 2; NaN where one is not finite."""
    first, second = (np.asarray(own, np.float64) for own in (ours, theirs))
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return math.nan
    apart = first.mean(axis=0) - second.mean(axis=0)
    one, other = (np.atleast_2d(np.cov(own, rowvar=False)) for own in (first, second))
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ other @ root), 0.0)).sum()
    return float(apart @ apart + np.trace(one) + np.trace(other) - 2 * shared)
