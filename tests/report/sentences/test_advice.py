"""What to do, on verdicts written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kilnmix.report.sentences.advice import advice
from kilnmix.statistics.verdicts import TaskVerdict
from tests.report.sentences.verdicts import arm, context, task


def advised(*tasks: TaskVerdict, scope: Any = "procedure") -> str:
    return str(advice(context(scope, *tasks)))


def test_advice_names_the_arm_and_the_tasks_it_harms() -> None:
    found = advised(
        task("type", arm("mix-90-10", "helps", 0.05, 0.02)),
        task("kiln", arm("mix-90-10", "helps", 0.03, 0.02)),
        task("glaze", arm("mix-90-10", "harms", -0.05, 0.02)),
    )
    assert "For type and kiln, train with 10\u00a0% synthetic images." in found
    assert "The same images harm glaze" in found
    assert "arms.mix-90-10.share" in found
    assert "For glaze, leave the synthetic images out." in found
    assert "three adapters" not in found
    # It harms glaze, so it is no classifier to take away for all tasks.
    assert "refit_arm" not in found


def test_shares_that_differ_are_named_for_every_task() -> None:
    found = advised(
        task("type", arm("mix-90-10", "helps", 0.05, 0.02)),
        task("kiln", arm("mix-95-5", "helps", 0.03, 0.02)),
        task("glaze", arm("mix-90-10", "undecided", 0.0, 0.02)),
    )
    assert "<code>share&#58; {type: 0.1, kiln: 0.05, glaze: 0}</code>" in found


def test_the_arm_to_take_away_helps_most_tasks_and_harms_none() -> None:
    found = advised(
        task("type", arm("mix-95-5", "helps", 0.09, 0.02), arm("searched", "helps", 0.05, 0.02)),
        task("kiln", arm("mix-95-5", "undecided", 0.01, 0.02), arm("searched", "helps", 0.03, 0.02)),
    )
    assert "For one classifier that has gained in type and kiln, set <code>refit_arm&#58; searched</code>" in found
    assert "mix-95-5</code> in params.yaml" not in found
    alone = context("procedure", task("type", arm("mix-95-5", "helps", 0.09, 0.02)))
    assert "refit_arm&#58; mix-95-5" in str(advice(alone))
    params = alone.inputs.params
    named = replace(alone.inputs, params=params.model_copy(update={"refit_arm": "mix-95-5"}))
    part = params.arms["mix-95-5"].model_copy(update={"tasks": ("type",)})
    of_a_part = replace(alone.inputs, params=params.model_copy(update={"arms": {**params.arms, "mix-95-5": part}}))
    for inputs in (named, of_a_part):
        assert "refit_arm" not in str(advice(replace(alone, inputs=inputs)))


def test_advice_on_what_is_undecided_scales_with_the_square_of_the_detectable_effect() -> None:
    found = advised(task("glaze", arm("mix-90-10", "undecided", 0.0, 0.04, seen=0.05)), scope="adapter")
    # (5 points / 2 points) squared is 6.25, rounded up.
    assert "roughly 7 times as many test objects" in found
    assert "three adapters" in found


def test_advice_for_a_task_that_cannot_be_tested() -> None:
    found = advised(task("kiln", arm("mix-90-10", "untestable", 0, 0), objects=9))
    assert (
        found
        == "For kiln, label more objects first; a task is tested from 40 test objects in classes that can be scored."
    )


def test_advice_for_a_task_that_lacks_runs_is_not_to_label_more() -> None:
    found = advised(task("kiln", arm("mix-90-10", "untestable", 0, 0)))
    assert found.startswith("For kiln, train every arm more often first (<code>experiment.seeds</code>)")
    assert "label" not in found
