"""The course of a tuning, short enough to be looked at. Pure."""

from __future__ import annotations

from collections.abc import Sequence

CURVE_POINTS = 50


def smoothed(losses: Sequence[float]) -> list[tuple[int, float]]:
    """(last step, mean loss) of some fifty stretches of training."""
    width = max(len(losses) // CURVE_POINTS, 1)
    stretches = [losses[start : start + width] for start in range(0, len(losses), width)]
    return [(min((place + 1) * width, len(losses)), sum(part) / len(part)) for place, part in enumerate(stretches)]
