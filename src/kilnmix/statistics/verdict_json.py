"""The form of verdict.json below the study: a task, its arms and their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kilnmix.statistics.intervals import Difference

if TYPE_CHECKING:
    from kilnmix.statistics.verdicts import ArmVerdict, TaskVerdict


def task_json(task: TaskVerdict, alpha: float) -> dict[str, Any]:
    """Classes, objects, sources, unlabelled objects and arms; an arm without a verdict has its score alone."""
    arms: dict[str, Any] = {}
    for arm, f1 in task.f1.items():
        verdict = task.arms.get(arm)
        arms[arm] = {"f1": f1} if verdict is None else _arm_json(verdict, alpha)
    return {
        "classes": list(task.classes),
        "objects": task.objects,
        "sources": task.sources,
        "unlabelled": task.unlabelled,
        "arms": arms,
    }


def _arm_json(verdict: ArmVerdict, alpha: float) -> dict[str, Any]:
    c = verdict.comparison
    return {
        "f1": verdict.f1,
        "vs_real": _difference_json(c.reference, verdict.vs_real, alpha),
        "vs_repeat": _difference_json(c.control, verdict.vs_repeat, alpha),
        "relative": verdict.relative,
        "detectable": verdict.detectable,
        "verdict": verdict.verdict,
        "within_margin": verdict.within_margin,
        "family": "primary" if c.primary else "secondary",
        "culprit": verdict.culprit,
        "resampled": None if verdict.resampled is None else list(verdict.resampled),
        "reason": verdict.reason,
    }


def _difference_json(against: str | None, difference: Difference | None, alpha: float) -> dict[str, Any] | None:
    if difference is None:
        return None
    low, high = difference.pointwise(alpha)
    return {"against": against, **vars(difference), "alone": {"low": low, "high": high}}
