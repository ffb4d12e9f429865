"""A fault told from photographs by features: ridge regression on photographs and on spoiled ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kilnmix.curation.copies import calibration

LEAST = 20
"""Photographs, and spoiled ones, below which nothing is learnt."""
PENALTIES = 10.0 ** np.arange(-2, 6)
"""Tried, in units of the mean eigenvalue of the features' products."""


@dataclass(frozen=True)
class Detector:
    """What is told of features x (d,): a fault where (x - middle) / spread @ weights + bias exceeds the threshold."""

    middle: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    bias: float
    threshold: float

    def told(self, features: np.ndarray) -> np.ndarray:
        """(m,) bool of features (m, d)."""
        return (features - self.middle) / self.spread @ self.weights + self.bias > self.threshold


def learn(photographs: np.ndarray, spoiled: np.ndarray, error_rate: float) -> Detector | None:
    """The detector beyond whose threshold photographs fall with `error_rate` at most; None with too few.

    Ridge regression of +1 for spoiled and -1 for whole ones. Penalty and threshold go by what is predicted of each
    without itself (leave-one-out residuals in closed form: Allen 1974, PRESS).

    Args:
        photographs: (n, d) float; spoiled: (m, d) float.
    """
    if min(len(photographs), len(spoiled)) < LEAST:
        return None
    middle, spread = photographs.mean(axis=0), photographs.std(axis=0)
    spread = np.where(spread > 1e-8, spread, 1.0)
    known = (np.concatenate([photographs, spoiled]).astype(np.float64) - middle) / spread
    sought = np.concatenate([-np.ones(len(photographs)), np.ones(len(spoiled))])
    # A constant as one more feature stands for the bias; it is hardly penalised.
    scale = np.sqrt((known**2).sum(axis=1).mean())
    inputs = np.column_stack([known, np.full(len(known), scale)])
    products = inputs @ inputs.T
    values, vectors = np.linalg.eigh(products)
    best = None
    for penalty in PENALTIES * values.mean():
        inverse = (vectors / (np.maximum(values, 0) + penalty)) @ vectors.T
        dual = inverse @ sought
        predicted = sought - dual / np.diag(inverse)
        error = float(((predicted - sought) ** 2).mean())
        if best is None or error < best[0]:
            best = error, dual, predicted
    assert best is not None
    weights = inputs.T @ best[1]
    threshold = calibration.threshold(best[2][: len(photographs)], error_rate, 0.0)
    return Detector(middle, spread, weights[:-1], float(weights[-1] * scale), threshold)
