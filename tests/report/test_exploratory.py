"""Exploratory results beside the verdicts, and rows of classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kilnmix.config import Arm
from kilnmix.report import exploratory
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.tables import alignment
from kilnmix.statistics import scores


def test_the_focus_is_the_fixed_arm_of_the_highest_share(study: ReportInputs) -> None:
    pairs = [("mix-95-5", "real"), ("mix-90-10", "real"), ("searched", "real-searched")]
    assert exploratory.focus_pair(study, pairs) == ("mix-90-10", "real")
    assert exploratory.focus_pair(study, pairs[2:]) == ("searched", "real-searched")
    assert exploratory.focus_pair(study, []) is None
    arms = {**study.params.arms, "mix-95-5": Arm(source="synthetic", share={"glaze": 0.3})}
    other = replace(study, params=study.params.model_copy(update={"arms": arms}))
    assert exploratory.focus_pair(other, pairs) == ("mix-95-5", "real")


def test_halves_by_alignment(study: ReportInputs) -> None:
    outcomes = study.outcomes[0]
    found = exploratory.halved(outcomes, np.array([0.9, 0.1, np.nan, 0.5]))
    assert found == {"lower": (1,), "upper": (0, 3)}


def test_classes_and_groups_of_every_task_and_pair(study: ReportInputs) -> None:
    found = exploratory.explore(study)
    assert len(found.classes) == 3 * sum(len(outcomes.scored) for outcomes in study.outcomes)
    glaze = study.outcomes[1]
    name = glaze.classes[glaze.scored[0]]
    gained = scores.class_f1(glaze, "mix-90-10").mean((0, 1)) - scores.class_f1(glaze, "real").mean((0, 1))
    assert found.classes["glaze", "mix-90-10", name].delta == pytest.approx(gained[glaze.scored[0]])
    assert {group for task, _, group in found.groups if task == "glaze"} == {"head", "middle", "tail"}
    assert set(found.halves) == {(task, half) for task in found.by_task for half in exploratory.HALVES}
    assert found.correlation is not None
    assert found.correlation.classes == 29
    assert sum(found.best["type"].values()) == pytest.approx(1.0)


def test_arms_fed_with_the_halves_of_the_pool_are_held_against_each_other(study: ReportInputs) -> None:
    half = Arm(source="synthetic", share=0.1, aligned="less")
    arms = study.params.arms | {"mix-95-5": half, "mix-90-10": half.model_copy(update={"aligned": "more"})}
    binned = replace(study, params=study.params.model_copy(update={"arms": arms}))
    assert exploratory.twins(study) == []
    assert exploratory.twins(binned) == [("mix-90-10", "mix-95-5")]
    found = exploratory.explore(binned)
    kind = study.outcomes[3]
    gap = scores.score(kind, "mix-90-10") - scores.score(kind, "mix-95-5")
    assert found.opposed["type", "mix-90-10"].delta == pytest.approx(gap)
    table = alignment.opposed(ReportContext.of(binned, "en"))
    assert [str(row[0].text) for row in table.rows] == ["Dynasty", "Glaze", "Kiln", "Type"]
    assert str(table.rows[3][1].text) == ReportContext.of(binned, "en").t.score(scores.score(kind, "mix-95-5"))
    assert not alignment.opposed(ReportContext.of(study, "en"))
