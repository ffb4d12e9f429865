"""Rates over steps."""

from __future__ import annotations

import math


def rate_at(way: float, rate: float) -> float:
    """A cosine from `rate` at way 0 to 2 % of it at way 1."""
    return rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * way)))


def average_decay(step: int, decay: float) -> float:
    """Decay of the weights' average at `step`, from 1: at first (1 + step) / (10 + step), so that it starts fresh."""
    return min(decay, (1 + step) / (10 + step))
