"""Verdicts written by hand, for sentences."""

from __future__ import annotations

from typing import Any

import numpy as np

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search
from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import ArmVerdict, Comparison, Rules, StudyVerdict, TaskVerdict
from tests.report.report_studies import settings


def difference(delta: float, low: float, high: float) -> Difference:
    return Difference(delta, low, high, p=0.01, se=0.01, df=9.0, raw_p=0.01, critical=2.0)


def arm(name: str, verdict: Any, delta: float, half: float, seen: float | None = 0.025, **more: Any) -> ArmVerdict:
    reference = "real-searched" if name == "searched" else "real"
    control = more.pop("control", "repeat-90-10")
    vs_real = None if verdict == "untestable" else difference(delta, delta - half, delta + half)
    return ArmVerdict(
        Comparison(name, reference, control),
        0.7,
        0.7 - delta,
        vs_real,
        vs_real if control else None,
        seen,
        verdict,
        more.get("within", False),
        "",
    )


def task(name: str, *arms: ArmVerdict, classes: int = 5, objects: int = 300) -> TaskVerdict:
    f1 = {each.comparison.arm: each.f1 for each in arms}
    return TaskVerdict(name, tuple(f"c{c}" for c in range(classes)), objects, f1, {a.comparison.arm: a for a in arms})


def context(scope: Any = "adapter", *tasks: TaskVerdict, searches: tuple[Search, ...] = ()) -> ReportContext:
    """A study of some tasks without a tested photograph, in English."""
    verdict = StudyVerdict(scope, Rules(), 0.0, tasks)
    empty, answers = np.zeros(0, np.int64), {"real": np.zeros((1, 1, 0), np.int64)}
    outcomes = tuple(TaskOutcomes(each.task, (), (), empty, empty, empty, np.zeros(0), answers) for each in tasks)
    return ReportContext.of(ReportInputs(settings(), verdict, outcomes, searches=searches), "en")
