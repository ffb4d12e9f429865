"""The learning rate of the pocket models."""

from __future__ import annotations

from kilnmix.common.schedules import half_cosine


def rate_at(way: float, rate: float) -> float:
    """Half a cosine from `rate` at way 0 to 2 % of it at way 1."""
    return rate * half_cosine(way, 1.0, least=0.02)
