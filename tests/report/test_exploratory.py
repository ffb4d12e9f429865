"""Exploratory results beside the verdicts, and rows of classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kilnmix.config import Arm
from kilnmix.report import exploratory
from kilnmix.report.class_rows import class_rows
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.tables import alignment
from kilnmix.statistics import scores, verdicts
from kilnmix.statistics.scores import TaskOutcomes


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


def read_anew(study: ReportInputs, outcomes: tuple[TaskOutcomes, ...]) -> ReportInputs:
    """The study with other answers, and the verdict on them."""
    comparisons = tuple(arm.comparison for arm in study.verdict.tasks[0].arms.values())
    return replace(study, outcomes=outcomes, verdict=verdicts.compare(outcomes, comparisons, study.verdict.rules))


@pytest.mark.parametrize(
    ("arm", "own"),
    [("mix-95-5", (3, 4, 5)), ("mix-95-5", (2, 3, 4)), ("real", (2, 3, 4)), ("repeat-90-10", (5, 6, 7))],
)
def test_arms_with_seeds_of_their_own_are_shown_as_far_as_they_can_be_held_together(
    study: ReportInputs, arm: str, own: tuple[int, ...]
) -> None:
    def other(task: TaskOutcomes) -> TaskOutcomes:
        number = task.runs[1]
        return replace(task, seeds=dict.fromkeys(task.predicted, tuple(range(number))) | {arm: own[:number]})

    found = exploratory.explore(read_anew(study, tuple(other(task) for task in study.outcomes)))
    for chances in found.best.values():
        assert sum(chances.values()) == pytest.approx(1.0) and (arm == "real" or arm not in chances)


def test_an_arm_that_learns_one_task_is_shown_for_that_task(study: ReportInputs) -> None:
    def without(task: TaskOutcomes) -> TaskOutcomes:
        kept = {arm: answers for arm, answers in task.predicted.items() if arm != "mix-95-5"}
        return task if task.task == "type" else replace(task, predicted=kept)

    part = read_anew(study, tuple(without(task) for task in study.outcomes))
    found = exploratory.explore(part)
    assert ("mix-95-5", "real") in found.pairs
    assert {task for task, arm, _ in found.classes if arm == "mix-95-5"} == {"type"}
    assert {row.task for row in class_rows(part, found) if row.arm == "mix-95-5"} == {"type"}
    assert {task for task, arm, _ in found.classes if arm == "mix-90-10"} == {each.task for each in part.outcomes}
