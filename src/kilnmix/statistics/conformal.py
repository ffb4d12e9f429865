"""Sets of classes that hold the true one with a stated probability: split-conformal prediction.

The score of a photograph is 1 less the probability of its true class, and a set holds every class whose score is at
most the quantile of such scores (Sadinle, Lei and Wasserman 2019, 1609.00451: the smallest sets on average). Objects
are what is exchangeable: photographs of one object share its weight, and the quantile allows for the object to come
(Lei et al. 2018, 1604.04173, for one photograph an object).
"""

from __future__ import annotations

import numpy as np


def threshold(scores: np.ndarray, objects: np.ndarray, error: float) -> float:
    """The largest score that a class in the set may have; infinity where there are too few objects for the error.

    Args:
        scores: (n,) float, 1 - probability of the true class, of photographs that the network did not learn from.
        objects: (n,) which object each shows.
        error: share of sets that may lack the true class, in (0, 1).
    """
    if not 0 < error < 1:
        raise ValueError(f"error {error} is not between 0 and 1")
    if not len(scores):
        return float("inf")
    _, place, views = np.unique(objects, return_inverse=True, return_counts=True)
    count = len(views)
    order = np.argsort(scores, kind="stable")
    below = np.cumsum(1.0 / views[place[order]])
    reached = np.flatnonzero(below >= (count + 1) * (1 - error) - 1e-9)
    return float(scores[order[reached[0]]]) if len(reached) else float("inf")


def sets(probabilities: np.ndarray, largest: float) -> np.ndarray:
    """(n, C) bool, which classes are in each photograph's set, of (n, C) probabilities; a set may be empty."""
    return 1.0 - probabilities <= largest + 1e-9
