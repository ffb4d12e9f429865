"""A surface through scattered values: the mean of the neighbours, each weighted by a Gaussian of its distance.

Nadaraya 1964 ("On estimating regression"), Watson 1964 ("Smooth regression analysis").
"""

from __future__ import annotations

import numpy as np

BANDWIDTH = 0.15
"""Of the Gaussian, in parts of the range that the points lie in."""
LEAST = float(np.exp(-2.0))
"""Summed weights below which nothing is said of a place: those of one point two bandwidths away."""


def smoothed(points: np.ndarray, values: np.ndarray, places: np.ndarray, bandwidth: float = BANDWIDTH) -> np.ndarray:
    """(m,) float64 weighted means at some places; NaN far from all points.

    Args:
        points: (n, d) float64; values: (n,) at these.
        places: (m, d), in the units of `points`.
    """
    distances = ((places[:, None] - points[None]) ** 2).sum(-1)
    weights = np.exp(-0.5 * distances / bandwidth**2)
    total = weights.sum(1)
    return np.where(total >= LEAST, weights @ values / np.maximum(total, LEAST), np.nan)
