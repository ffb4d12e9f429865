"""What follows from a study's inputs, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kilnmix.report.inputs import ReportInputs
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import Rules, StudyVerdict, TaskVerdict
from tests.report.report_studies import settings


def task(name: str, objects: list[int], arms: tuple[str, ...], seeds: int = 3) -> TaskOutcomes:
    size = len(objects)
    folds = np.array(objects) % 2
    return TaskOutcomes(
        *(name, ("a",), (0,), np.zeros(size, int), np.array(objects), folds, np.ones(size)),
        dict.fromkeys(arms, np.zeros((2, seeds, size), int)),
    )


def inputs(*tasks: TaskOutcomes, profile: str = "demo") -> ReportInputs:
    judged = tuple(TaskVerdict(one.task, one.classes, len(one.objects), {}, {}) for one in tasks)
    return ReportInputs(settings(profile), StudyVerdict("adapter", Rules(), 0.0, judged), tasks)


def test_runs_networks_and_test_objects() -> None:
    study = inputs(task("type", [0, 0, 1, 2], ("real", "mix")), task("glaze", [2, 3], ("real", "late")))
    assert study.arms == ("real", "mix", "late")
    assert study.runs == (2, 2, 3)
    assert study.networks == 2 * 2 * 3 * 3  # folds, adapters, seeds, arms
    assert replace(study, trained=7).networks == 7
    assert study.test_objects == 4
    assert not study.uneven
    assert [(verdict.task, outcome.task) for verdict, outcome in study.tasks] == [("type", "type"), ("glaze", "glaze")]


def test_the_demo_is_said_by_the_collection_or_else_by_the_profile() -> None:
    study = inputs(task("type", [0, 1], ("real",)))
    assert study.demo and not replace(study, rendered=False).demo
    other = inputs(task("type", [0, 1], ("real",)), profile="sd15")
    assert not other.demo and replace(other, rendered=True).demo


def test_verdict_and_outcomes_are_of_the_same_tasks() -> None:
    study = inputs(task("type", [0, 1], ("real",)))
    with pytest.raises(ValueError, match=r"the tasks \['type'\], the outcomes about \[\]"):
        replace(study, outcomes=())
