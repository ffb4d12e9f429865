"""Rates over steps."""

from __future__ import annotations

import math


def rate_at(step: int, steps: int, warmup: int, rate: float) -> float:
    """Linear warm-up over `warmup` steps, then a cosine to 2 % of `rate` at the last step."""
    if step < warmup:
        return rate * (step + 1) / warmup
    way = (step - warmup) / max(1, steps - warmup)
    return rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * way)))


def average_decay(step: int, decay: float) -> float:
    """Decay of the weights' average at `step`, from 1: at first (1 + step) / (10 + step), so that it starts fresh."""
    return min(decay, (1 + step) / (10 + step))
