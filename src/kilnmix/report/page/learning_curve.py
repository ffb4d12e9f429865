"""The section on learning curves: what the synthetic images are worth in real objects."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from kilnmix.report.context import ReportContext
from kilnmix.report.equivalent_objects import EquivalentObjects, equivalent_objects
from kilnmix.report.languages.names import REAL
from kilnmix.report.plots.learning_curve import learning_curve


def section(context: ReportContext) -> dict[str, Any] | None:
    """The plot, and a sentence for every arm and task; None without learning curves."""
    points = context.inputs.curve
    if not points:
        return None
    arms = [arm for arm in dict.fromkeys(point.arm for point in points) if arm != REAL]
    tasks = list(dict.fromkeys(point.task for point in points))
    worths = [equivalent_objects(points, task, arm) for task in tasks for arm in arms]
    return {
        "plot": learning_curve(context),
        "sentences": [sentence(worth, context) for worth in worths if worth is not None],
    }


def sentence(worth: EquivalentObjects, context: ReportContext) -> Markup:
    """What an arm's images stand for, with the range where the points have intervals."""
    t, names = context.t, context.names
    values = {"task": names.title(worth.task), "mix": names.mix(worth.arm), "whole": worth.whole}
    if worth.objects is None:
        first = t("curve.never", **values)
    else:
        key = "curve.worth_least" if worth.objects <= worth.first else "curve.worth"
        first = t(key, **values, objects=round(worth.objects), saved=worth.saved(worth.objects))
    high = worth.saved(worth.fewest)
    if worth.fewest is None:  # no intervals, or none that reaches
        return first
    if worth.most is None or worth.most >= worth.whole:
        return first + t("curve.undecided_open" if worth.fewest <= worth.first else "curve.undecided", high=high)
    key = "curve.range_open" if worth.fewest <= worth.first else "curve.range"
    return first + t(key, low=worth.saved(worth.most), high=high)
