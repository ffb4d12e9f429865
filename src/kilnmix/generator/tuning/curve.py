"""The course of a tuning, short enough to be looked at. Pure."""

from __future__ import annotations

from collections.abc import Sequence

CURVE_POINTS = 50


def smoothed(losses: Sequence[float]) -> list[tuple[int, float]]:
    """(last step, mean loss) of some fifty stretches of training."""
    width = stretch(len(losses))
    stretches = [losses[start : start + width] for start in range(0, len(losses), width)]
    return [(min((place + 1) * width, len(losses)), sum(part) / len(part)) for place, part in enumerate(stretches)]


def stretch(steps: int) -> int:
    """How many steps of a training of so many an entry of its curve stands for."""
    return max(steps // CURVE_POINTS, 1)


def complete(losses: Sequence[float], steps: int, after: int) -> list[tuple[int, float]]:
    """The entries of `smoothed` that are known before a training of `steps` steps has ended.

    Args:
        losses: of the steps so far.
        after: only entries of later steps than this.
    """
    width = stretch(steps)
    ends = range(width, len(losses) + 1, width)
    return [(end, sum(losses[end - width : end]) / width) for end in ends if end > after]
