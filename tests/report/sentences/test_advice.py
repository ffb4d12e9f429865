"""What to do, on verdicts written by hand."""

from __future__ import annotations

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
    assert "<code>refit_arm&#58; mix-90-10</code> in params.yaml" in found


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
