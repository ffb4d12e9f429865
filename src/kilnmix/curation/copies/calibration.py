"""From when on an image counts as a copy, and whether there are more of them than chance makes. Pure."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import binom

RARE = 0.01
"""A count that chance exceeds so seldom is flagged."""


def threshold(scores: np.ndarray, error_rate: float, least: float) -> float:
    """The score beyond which an image of an object that is not in the collection falls with `error_rate` at most.

    The conformal order statistic (Vovk, Gammerman and Shafer 2005): of n scores of real photographs against other
    objects, the ceil((n + 1) (1 - error_rate))-th; with too few photographs for the rate, the highest, which is
    exceeded with 1 / (n + 1). Never below `least`, under which a picture is no copy however unlike the objects are.

    Args:
        scores: (n,) float.
    """
    if not len(scores):
        return least
    place = min(math.ceil((len(scores) + 1) * (1 - error_rate)), len(scores))
    return float(max(np.sort(scores)[place - 1], least))


def exceeded(count: int, error_rate: float) -> float:
    """The error rate that `count` photographs can state: that asked for, or 1 / (n + 1)."""
    return max(error_rate, 1 / (count + 1))


def more_than_chance(found: int, images: int, rate: float) -> bool:
    """Whether `found` copies among `images` are more than a rate of errors makes, but once in a hundred pools."""
    return found > 0 and float(binom.sf(found - 1, images, rate)) < RARE
