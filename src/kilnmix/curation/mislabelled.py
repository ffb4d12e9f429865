"""How many labels are wrong, and which, from probabilities of classifiers that did not see them. Pure.

A classifier that disagrees with a label may be wrong itself, and a weak one mostly is. So the labels are taken as a
mixture: with the noise rate r a label is drawn from the other classes at random, else it is drawn from the classifier's
probabilities, raised to 1 / T (Guo et al. 2017: temperature scaling) so that they mean what they say. Both r and T are
what makes the labels likeliest. A classifier that is unsure where it errs needs no noise; one whose errors are as sure
as its hits does. A label's probability of being wrong follows by Bayes' rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

COLDEST, HOTTEST = 0.2, 10.0
"""Limits of the temperature."""
WORST = 0.5
"""Limit of the noise rate."""
TINY = 1e-12


@dataclass(frozen=True)
class Noise:
    """What is wrong with n labels.

    Attributes:
        rate: of labels, the share that is estimated to be wrong.
        temperature: above 1, the classifiers were surer than they had reason to be.
        wrong: (n,) the probability that each label is wrong.
    """

    rate: float
    temperature: float
    wrong: np.ndarray


def estimate(labels: np.ndarray, probabilities: np.ndarray) -> Noise:
    """The likeliest noise rate and temperature.

    Args:
        labels: (n,) int64, 0..C-1. probabilities: (n, C), C > 1, rows summing to 1, by classifiers that did not see the
            label.
    """
    logs = np.log(np.maximum(np.asarray(probabilities, np.float64), TINY))

    def parts(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) how likely each label is to have come out right, and to have come out wrong."""
        believed = _believed(logs, labels, float(np.exp(place[0])))
        return (1 - place[1]) * believed, place[1] * (1 - believed) / (logs.shape[1] - 1)

    def cost(place: np.ndarray) -> float:
        right, wrong = parts(place)
        return -float(np.log(right + wrong + TINY).sum())

    limits = [(np.log(COLDEST), np.log(HOTTEST)), (0.0, WORST)]
    starts = [(0.0, 0.02), (0.7, 0.02), (0.0, 0.2), (-0.7, 0.1)]
    tried = [minimize(cost, start, method="Nelder-Mead", bounds=limits) for start in starts]
    best = min(tried, key=lambda result: float(result.fun)).x
    right, wrong = parts(best)
    return Noise(float(best[1]), float(np.exp(best[0])), wrong / (right + wrong + TINY))


def _believed(logs: np.ndarray, labels: np.ndarray, temperature: float) -> np.ndarray:
    """(n,) the probability of each label at a temperature."""
    scaled = logs / temperature
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return scaled[np.arange(len(labels)), labels] / scaled.sum(axis=1)
