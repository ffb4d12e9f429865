"""Temperature scaling (Guo et al. 2017, 1706.04599). Pure."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from kilnmix.collection.prepared import MISSING

LEAST_LABELS = 10


def temperature(logits: np.ndarray, labels: np.ndarray, bounds: tuple[float, float] = (0.2, 5.0)) -> float:
    """The temperature that minimises the negative log-likelihood of the known labels; 1 if there are fewer than ten.

    Args:
        logits: (n, C); -inf for a class that cannot be.
        labels: (n,) int64, -1 where not known.
    """
    known = labels != MISSING
    if known.sum() < LEAST_LABELS:
        return 1.0
    kept, target = logits[known].astype(np.float64), labels[known]
    # A label whose class cannot be would make every temperature infinitely bad.
    possible = np.isfinite(kept[np.arange(len(target)), target])
    kept, target = kept[possible], target[possible]
    if len(target) < LEAST_LABELS:
        return 1.0

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(kept / np.exp(log_temperature), axis=1)
        return float(-scaled[np.arange(len(target)), target].mean())

    low, high = np.log(bounds)
    return float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4}).x))


def calibrated(logits: np.ndarray, temperature: float) -> np.ndarray:
    """(n, C) float32 probabilities of (n, C) logits."""
    return softmax(logits.astype(np.float64) / temperature, axis=1).astype(np.float32)
