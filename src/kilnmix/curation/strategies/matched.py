"""In each group images whose features spread as those of its photographs do: greedy matching of the covariance.

After arXiv 2510.08123: image by image the one is added that brings the second moment of what is chosen, about the
photographs' mean, nearest to the photographs' covariance in the Frobenius norm. With D = S - t C, S the sum of x x'
over the t - 1 chosen and x, adding x changes |D|^2 by 2 x' D x + |x|^4, and x' D x is carried along, so that a step
costs one product of the features with a vector.
"""

from __future__ import annotations

import numpy as np

from kilnmix.config import CurationSettings
from kilnmix.curation.strategies.candidates import Candidates

WIDTH = 32
"""Principal components of the photographs in which covariances are compared: a class has few photographs."""
FEWEST = 4
"""Photographs of a group below which those of all groups stand for them."""


def choose(candidates: Candidates, settings: CurationSettings) -> np.ndarray:
    """(m,) bool."""
    directions = np.linalg.svd(candidates.real - candidates.real.mean(axis=0), full_matrices=False)[2][:WIDTH].T
    ours, theirs = candidates.features @ directions, candidates.real @ directions
    chosen = np.zeros(len(ours), bool)
    for rows, count, group in candidates.each(settings.keep):
        own = theirs[candidates.real_groups == group]
        own = own if len(own) >= FEWEST else theirs
        covariance = np.cov(own.T, bias=True).reshape(ours.shape[1], -1)
        chosen[rows[matching(ours[rows] - own.mean(axis=0), covariance, count)]] = True
    return chosen


def matching(features: np.ndarray, covariance: np.ndarray, count: int) -> np.ndarray:
    """(count,) int64 rows of features (m, d), taken about the wanted mean, in the order in which they are chosen."""
    quartic = (features * features).sum(axis=1) ** 2
    wanted = np.einsum("nd,de,ne->n", features, covariance, features)
    across, free, picked = np.zeros(len(features)), np.ones(len(features), bool), []
    for _ in range(count):
        across -= wanted
        row = int(np.where(free, 2 * across + quartic, np.inf).argmin())
        picked.append(row)
        free[row] = False
        across += (features @ features[row]) ** 2
    return np.array(picked, np.int64)
