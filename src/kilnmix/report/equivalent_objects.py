"""How many real objects an arm's synthetic images stand for, read from learning curves. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.report.inputs import CurvePoint


@dataclass(frozen=True)
class EquivalentObjects:
    """How many real objects an arm's images stand for.

    Attributes:
        whole: all objects. objects: with so many the arm reaches what `real` reaches with all; None where it does not.
        fewest, most: the same for the upper and the lower ends of the points' intervals, None where those do not.
        first: the smallest part that was tried. Whatever is reached with it might be reached with less.
    """

    task: str
    arm: str
    whole: int
    first: int
    objects: float | None
    fewest: float | None
    most: float | None

    def saved(self, objects: float | None) -> int:
        """Objects that need not be there; none where `objects` is not known or more than all."""
        return 0 if objects is None else round(max(self.whole - objects, 0.0))


def equivalent_objects(
    points: Sequence[CurvePoint], task: str, arm: str, reference: str = "real"
) -> EquivalentObjects | None:
    """Where `arm`'s curve first reaches the score that `reference` has with all its objects.

    The range holds the numbers of objects at which the interval of the difference to `reference` with all objects
    contains zero (a test inverted, as in Fieller 1954). None where a curve is missing.
    """
    real, mine = _curve(points, task, reference), _curve(points, task, arm)
    if not real or not mine:
        return None
    target = real[-1].f1
    known = [(point.objects, point.gap) for point in mine if point.gap is not None]
    return EquivalentObjects(
        task,
        arm,
        whole=real[-1].objects,
        first=mine[0].objects,
        objects=reached([(point.objects, point.f1 - target) for point in mine]),
        fewest=reached([(objects, high) for objects, (_, high) in known]),
        most=reached([(objects, low) for objects, (low, _) in known]),
    )


def reached(curve: Sequence[tuple[int, float]]) -> float | None:
    """The objects at which a curve (objects, difference) first is at zero or above; None where it never is.

    Between its points a curve is a straight line over the logarithm of the objects, as learning curves nearly are
    (Cortes et al. 1993; Hestness et al. 2017 find power laws).
    """
    for place, (objects, difference) in enumerate(curve):
        if difference < 0:
            continue
        if not place:
            return float(objects)
        before, below = curve[place - 1]
        step = -below / (difference - below)
        return math.exp(math.log(before) + step * (math.log(objects) - math.log(before)))
    return None


def _curve(points: Sequence[CurvePoint], task: str, arm: str) -> list[CurvePoint]:
    own = [point for point in points if point.task == task and point.arm == arm and np.isfinite(point.f1)]
    return sorted(own, key=lambda point: point.objects)
