"""Labels as judges see them: an image that shows its type for sure and its kiln by half teaches just that. Pure.

The judges' probabilities take the place of the label that was asked for, as a teacher's do in distillation (Hinton,
Vinyals and Dean 2015, arXiv 1503.02531), at the temperature at which they mean what they say (Guo et al. 2017,
arXiv 1706.04599), found on photographs that they were not trained on.
"""

from __future__ import annotations

import numpy as np

from kilnmix.classifier.metrics.calibration import calibrated, temperature
from kilnmix.collection.prepared import MISSING

LEAST = 0.001
"""Probability below which a class has no share in a label."""


def shares(
    asked: np.ndarray, probabilities: np.ndarray, real: np.ndarray, real_probabilities: np.ndarray
) -> np.ndarray:
    """(m, C) float32, rows that sum to 1; zeros where no label was asked for.

    Single judges' answers are taken at the temperature of single judges' answers and then averaged: the mean of several
    is flatter than any, so that their temperature would not be its own.

    Args:
        asked: (m,) labels asked for, -1 for none; probabilities: (J, m, C) each judge's for the images.
        real: (n,) labels of photographs, -1 where not known; real_probabilities: (n, C), each row by the judge that was
            not trained on the photograph.
    """
    with np.errstate(divide="ignore"):
        warm = temperature(np.log(real_probabilities), real)
        seen = np.mean([calibrated(np.log(own), warm) for own in probabilities], axis=0)
    seen[seen < LEAST] = 0.0
    seen /= seen.sum(axis=1, keepdims=True)
    seen[asked == MISSING] = 0.0
    return seen
