"""Factors over optimiser steps. Pure."""

from __future__ import annotations

import math


def half_cosine(done: float, total: float, least: float = 0.0) -> float:
    """Falls from 1, where nothing is done, along half a cosine to `least`, where all is (Loshchilov and Hutter 2017,
    1608.03983, eq. 5, without restarts)."""
    return least + (1 - least) * 0.5 * (1 + math.cos(math.pi * done / total))


def warmup_cosine(step: int, steps: int, warmup: int, least: float = 0.0) -> float:
    """Factor of the learning rate at a step: a linear rise to 1, then `half_cosine`.

    Args:
        step: from 0; 0 before it.
        steps: where the cosine ends; the factor stays there.
        warmup: steps of the rise, whose last has the factor 1.
        least: the factor at the end.
    """
    if step < 0:
        return 0.0
    if step < warmup:
        return (step + 1) / warmup
    total = max(1, steps - warmup)
    return half_cosine(min(step - warmup, total), total, least)


def average_decay(step: int, decay: float) -> float:
    """Decay of a moving average of weights at a step, from 0: (1 + step) / (10 + step) until that exceeds `decay`, so
    that the random start is soon forgotten."""
    return min(decay, (1 + step) / (10 + step))
