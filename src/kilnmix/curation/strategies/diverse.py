"""In each group images that lie far from each other: greedy k-centre (Sener and Savarese 2018, arXiv 1708.00489).

The first is the image nearest the group's mean; each further one is that which lies farthest from all chosen so far.
The farthest image left out is at most twice as far from a chosen one as in the best choice (Gonzalez 1985).
"""

from __future__ import annotations

import numpy as np

from kilnmix.config import CurationSettings
from kilnmix.curation.strategies.candidates import Candidates


def choose(candidates: Candidates, settings: CurationSettings) -> np.ndarray:
    """(m,) bool."""
    chosen = np.zeros(len(candidates.features), bool)
    for rows, count, _ in candidates.each(settings.keep):
        chosen[rows[centres(candidates.features[rows], count)]] = True
    return chosen


def centres(features: np.ndarray, count: int) -> np.ndarray:
    """(count,) int64 rows of features (m, d), in the order in which they are chosen."""
    picked = [int(np.linalg.norm(features - features.mean(axis=0), axis=1).argmin())]
    away = np.full(len(features), np.inf)
    while len(picked) < count:
        away = np.minimum(away, np.linalg.norm(features - features[picked[-1]], axis=1))
        away[picked[-1]] = -1  # not again, even where others are equal to it
        picked.append(int(away.argmax()))
    return np.array(picked, np.int64)
