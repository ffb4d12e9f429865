"""Tasks in sentences: every rule, on verdicts written by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Search
from kilnmix.report.sentences.tasks import Evidence, TaskSentence, task_sentence
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import TaskVerdict, compare, plan
from tests.report.sentences.verdicts import arm, context, task

CONTEXT = context()


def sentence(verdict: TaskVerdict, runs: int = 3) -> TaskSentence:
    return task_sentence(verdict, Evidence(runs, labelled=7, each=5), CONTEXT)


def test_helps_with_its_gain_and_interval() -> None:
    found = sentence(task("type", arm("mix-90-10", "helps", 0.031, 0.022)))
    assert found.title == "Type"
    assert found.sentence == "adding 10\u00a0% synthetic images helps, +3.1 points macro-F1 [+0.9,\u00a0+5.3]."
    assert (found.verdict, found.lead, found.others) == ("helps", "mix-90-10", ())


def test_of_two_arms_that_help_the_larger_gain_leads() -> None:
    found = sentence(task("type", arm("mix-95-5", "helps", 0.03, 0.02), arm("mix-90-10", "helps", 0.05, 0.02)))
    assert found.lead == "mix-90-10"
    assert [str(other) for other in found.others] == ["5\u00a0% synthetic: helps, +3.0 [+1.0,\u00a0+5.0]"]


def test_harm_goes_before_what_is_undecided() -> None:
    found = sentence(task("glaze", arm("mix-95-5", "undecided", -0.01, 0.03), arm("mix-90-10", "harms", -0.04, 0.02)))
    assert (
        found.sentence
        == "adding 10\u00a0% synthetic images harms, \u22124.0 points macro-F1 [\u22126.0,\u00a0\u22122.0]."
    )


def test_undecided_says_what_could_have_been_seen_with_the_arm_nearest_to_a_decision() -> None:
    found = sentence(
        task("glaze", arm("mix-95-5", "undecided", 0.0, 0.03, 0.05), arm("mix-90-10", "undecided", 0.01, 0.02, 0.025))
    )
    assert found.lead == "mix-90-10"
    assert "this study could have seen a gain of 2.5 points" in found.sentence


def test_better_than_real_but_not_than_the_control() -> None:
    found = sentence(task("glaze", arm("mix-90-10", "undecided", 0.04, 0.02)))
    assert "better than photographs alone" in found.sentence
    assert "not shown to be better than repeating photographs" in found.sentence


def test_all_equivalent_leads_with_the_one_that_differs_most() -> None:
    found = sentence(
        task("kiln", arm("mix-95-5", "equivalent", 0.001, 0.01), arm("mix-90-10", "equivalent", -0.005, 0.01))
    )
    assert (found.verdict, found.lead) == ("equivalent", "mix-90-10")
    assert "all within 2 points" in found.sentence


def test_clear_but_small() -> None:
    assert (
        "smaller than the 2 points"
        in sentence(task("kiln", arm("mix-90-10", "helps", 0.01, 0.005, within=True))).sentence
    )


def searched(*shares: dict[str, float] | float) -> ReportContext:
    """A study whose search settled on these shares, one a fold."""
    return context(searches=tuple(Search(fold, True, (), {"share": share}) for fold, share in enumerate(shares)))


@pytest.mark.parametrize(
    ("shares", "part"),
    [
        (({"glaze": 0.12, "type": 0.3},), "The search gave this task a share of 12\u00a0%."),
        (({"glaze": 0.12}, {"glaze": 0.2}), "a share of 12–20\u00a0%."),
        (({"glaze": 0.12}, {"glaze": 0.0, "type": 0.1}), "a share of 12\u00a0%. In one of 2 folds it gave it none."),
        (({"glaze": 0.0, "type": 0.3},), "has no images with a label for it"),
        (({"glaze": 0.0, "type": 0.0}, 0.0), "this is not the doing of images"),
    ],
)
def test_what_the_search_found_names_its_share(shares: tuple[dict[str, float] | float, ...], part: str) -> None:
    found = task("glaze", arm("searched", "harms", -0.05, 0.02))
    evidence, study = Evidence(runs=2, labelled=0, each=5), searched(*shares)
    assert part in task_sentence(found, evidence, study).sentence
    other = task_sentence(
        task("glaze", arm("mix-90-10", "helps", 0.05, 0.02), arm("searched", "undecided", 0, 0.02)), evidence, study
    )
    assert "search gave" not in other.sentence
    if shares == ({"glaze": 0.12, "type": 0.3},):
        assert str(other.others[0]).startswith("searched mixture (12\u00a0% for this task): undecided")


def test_a_control_that_does_not_learn_the_task_is_none() -> None:
    helps = dataclasses.replace(arm("mix-90-10", "helps", 0.04, 0.005), vs_repeat=None)
    assert "it had no control" in sentence(task("kiln", helps)).sentence


def test_no_control() -> None:
    assert "no control" in sentence(task("kiln", arm("mix-90-10", "helps", 0.04, 0.005, control=None))).sentence


@pytest.mark.parametrize(
    ("classes", "objects", "runs", "part"),
    [
        (1, 300, 3, "only one of its classes has 5 test objects, and it takes 2 such classes"),
        (
            0,
            300,
            3,
            "none of its classes has 5 test objects, and it takes 2 such classes; 7 of the test objects have a label",
        ),
        (5, 12, 3, "only 12 test objects have a label in a scored class; it takes 40"),
        (5, 300, 1, "each arm was trained once"),
    ],
)
def test_untestable_says_why(classes: int, objects: int, runs: int, part: str) -> None:
    found = sentence(task("kiln", arm("mix-90-10", "untestable", 0, 0), classes=classes, objects=objects), runs)
    assert found.verdict == "untestable"
    assert found.lead is None
    assert str(found.sentence).startswith("cannot be tested: ")
    assert part in found.sentence


def test_a_task_like_the_kilns_of_a_real_collection_is_untestable_and_the_report_says_why() -> None:
    """34 photographs with a label, eleven of them tested, three kilns at most: 4, 4 and 3 test objects."""
    truth = np.repeat([0, 1, 2], [4, 4, 3])
    answers = {arm: np.tile(truth, (1, 3, 1)) for arm in ("real", "mix-90-10", "repeat-90-10")}
    counts = np.bincount(truth)
    kiln = TaskOutcomes(
        "kiln",
        ("ding", "jian", "jun"),
        tuple(np.flatnonzero(counts >= 5).tolist()),
        truth,
        np.arange(11),
        np.zeros(11, int),
        np.ones(11),
        answers,
    )
    planned = plan(tuple(answers), (("mix-90-10", "real"),), {"mix-90-10": "repeat-90-10"})
    (found,) = compare([kiln], planned).tasks
    assert found.arms["mix-90-10"].verdict == "untestable"
    assert found.arms["mix-90-10"].reason == "0 of its classes have enough test objects; it takes 2."
    text = task_sentence(found, Evidence(runs=3, labelled=11, each=5), CONTEXT).sentence
    assert text == (
        "cannot be tested: none of its classes has 5 test objects, and it takes 2 such classes; "
        "11 of the test objects have a label for it at all."
    )


def test_a_task_without_primary_arms() -> None:
    assert "compares nothing" in sentence(task("kiln")).sentence
