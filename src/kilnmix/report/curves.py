"""Learning curves: macro-F1 against the number of real training objects, and what the synthetic images are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from kilnmix.report import charts
from kilnmix.report.inputs import CurvePoint, Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import REAL, Names


@dataclass(frozen=True)
class Worth:
    """How many real objects an arm's images stand for.

    Attributes:
        objects: the arm reaches with this many real objects what `real` reaches with `whole`; None where it does not.
    """

    task: str
    arm: str
    objects: float | None
    whole: int

    @property
    def saved(self) -> float:
        return 0.0 if self.objects is None else max(self.whole - self.objects, 0.0)


def worth(points: Sequence[CurvePoint], task: str, arm: str) -> Worth | None:
    """Where `arm`'s curve first reaches the score that `real` has with all its objects.

    Between its points a curve is a straight line over the logarithm of the objects, as learning curves nearly are
    (Cortes et al. 1993; Hestness et al. 2017 find power laws). None where a curve is missing.
    """
    real = _curve(points, task, REAL)
    other = _curve(points, task, arm)
    if not real or not other:
        return None
    whole, target = real[-1]
    reached = None
    for place, (objects, score) in enumerate(other):
        if score < target:
            continue
        reached = float(objects)
        if place:
            before, below = other[place - 1]
            step = (target - below) / (score - below)
            reached = math.exp(math.log(before) + step * (math.log(objects) - math.log(before)))
        break
    return Worth(task, arm, reached, whole)


def _curve(points: Sequence[CurvePoint], task: str, arm: str) -> list[tuple[int, float]]:
    return sorted((p.objects, p.f1) for p in points if p.task == task and p.arm == arm and np.isfinite(p.f1))


def section(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    """The plot, and a sentence for every arm and task."""
    arms = [arm for arm in dict.fromkeys(point.arm for point in study.curve) if arm != REAL]
    tasks = list(dict.fromkeys(point.task for point in study.curve))
    found = [worth(study.curve, task, arm) for task in tasks for arm in arms]
    return {
        "plot": charts.curve(study.curve, names, t),
        "sentences": [_sentence(each, names, t) for each in found if each is not None],
    }


def _sentence(found: Worth, names: Names, t: Wording) -> Markup:
    values = {"task": names.title(found.task), "mix": names.mix(found.arm), "whole": found.whole}
    if found.objects is None:
        return t("curve.never", **values)
    return t("curve.worth", **values, objects=round(found.objects), saved=round(found.saved))
