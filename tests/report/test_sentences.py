"""Verdicts as sentences: every rule, on verdicts written by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from kilnmix.report import sentences
from kilnmix.report.inputs import Search, Study
from kilnmix.report.language import wording
from kilnmix.report.naming import Names
from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import ArmVerdict, Comparison, Rules, StudyVerdict, TaskVerdict, compare, plan
from tests.report.report_studies import settings

T = wording("en")
NAMES = Names(Study(params=settings(), verdict=StudyVerdict("adapter", Rules(), 0.0, ()), outcomes=()), T)


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


def said(verdict: TaskVerdict, runs: int = 3) -> sentences.Said:
    return sentences.task_sentence(verdict, Rules(), NAMES, T, sentences.Evidence(runs, labelled=7))


def test_helps_with_its_gain_and_interval() -> None:
    found = said(task("type", arm("mix-90-10", "helps", 0.031, 0.022)))
    assert found.title == "Type"
    assert found.sentence == "adding 10\u00a0% synthetic images helps, +3.1 points macro-F1 [+0.9,\u00a0+5.3]."
    assert (found.verdict, found.lead, found.rest) == ("helps", "mix-90-10", ())


def test_of_two_arms_that_help_the_larger_gain_leads() -> None:
    found = said(task("type", arm("mix-95-5", "helps", 0.03, 0.02), arm("mix-90-10", "helps", 0.05, 0.02)))
    assert found.lead == "mix-90-10"
    assert [str(rest) for rest in found.rest] == ["5\u00a0% synthetic: helps, +3.0 [+1.0,\u00a0+5.0]"]


def test_harm_goes_before_what_is_undecided() -> None:
    found = said(task("glaze", arm("mix-95-5", "undecided", -0.01, 0.03), arm("mix-90-10", "harms", -0.04, 0.02)))
    assert (
        found.sentence
        == "adding 10\u00a0% synthetic images harms, \u22124.0 points macro-F1 [\u22126.0,\u00a0\u22122.0]."
    )


def test_undecided_says_what_could_have_been_seen_by_the_arm_that_sees_most() -> None:
    found = said(
        task("glaze", arm("mix-95-5", "undecided", 0.0, 0.03, 0.05), arm("mix-90-10", "undecided", 0.01, 0.02, 0.025))
    )
    assert found.lead == "mix-90-10"
    assert "this study could have seen a gain of 2.5 points" in found.sentence


def test_better_than_real_but_not_than_the_control() -> None:
    found = said(task("glaze", arm("mix-90-10", "undecided", 0.04, 0.02)))
    assert "better than photographs alone" in found.sentence
    assert "not shown to be better than repeating photographs" in found.sentence


def test_all_equivalent_leads_with_the_one_that_differs_most() -> None:
    found = said(task("kiln", arm("mix-95-5", "equivalent", 0.001, 0.01), arm("mix-90-10", "equivalent", -0.005, 0.01)))
    assert (found.verdict, found.lead) == ("equivalent", "mix-90-10")
    assert "all within 2 points" in found.sentence


def test_clear_but_small() -> None:
    assert (
        "smaller than the 2 points" in said(task("kiln", arm("mix-90-10", "helps", 0.01, 0.005, within=True))).sentence
    )


def searched(*shares: dict[str, float] | float) -> Names:
    """Names of a study whose search settled on these shares, one a fold."""
    searches = tuple(Search(fold, True, (), {"share": share}) for fold, share in enumerate(shares))
    return Names(Study(params=settings(), verdict=study_verdict(), outcomes=(), searches=searches), T)


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
    names = searched(*shares)
    told = sentences.task_sentence(found, Rules(), names, T, sentences.Evidence()).sentence
    assert str(told).endswith(part) or part in told
    other = sentences.task_sentence(
        task("glaze", arm("mix-90-10", "helps", 0.05, 0.02), arm("searched", "undecided", 0, 0.02)),
        Rules(),
        names,
        T,
        sentences.Evidence(),
    )
    assert "search gave" not in other.sentence
    if shares == ({"glaze": 0.12, "type": 0.3},):
        assert str(other.rest[0]).startswith("searched mixture (12\u00a0% for this task): undecided")


def test_a_control_that_does_not_learn_the_task_is_none() -> None:
    helps = dataclasses.replace(arm("mix-90-10", "helps", 0.04, 0.005), vs_repeat=None)
    assert "it had no control" in said(task("kiln", helps)).sentence


def test_no_control() -> None:
    assert "no control" in said(task("kiln", arm("mix-90-10", "helps", 0.04, 0.005, control=None))).sentence


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
    found = said(task("kiln", arm("mix-90-10", "untestable", 0, 0), classes=classes, objects=objects), runs)
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
    told = sentences.task_sentence(found, Rules(), NAMES, T, sentences.Evidence(runs=3, labelled=11, each=5))
    assert told.sentence == (
        "cannot be tested: none of its classes has 5 test objects, and it takes 2 such classes; "
        "11 of the test objects have a label for it at all."
    )


def test_a_task_without_primary_arms() -> None:
    assert "compares nothing" in said(task("kiln")).sentence


def study_verdict(*tasks: TaskVerdict, scope: Any = "procedure") -> StudyVerdict:
    return StudyVerdict(scope, Rules(), 0.0, tasks)


def test_advice_names_the_arm_and_the_tasks_it_harms() -> None:
    verdict = study_verdict(
        task("type", arm("mix-90-10", "helps", 0.05, 0.02)),
        task("kiln", arm("mix-90-10", "helps", 0.03, 0.02)),
        task("glaze", arm("mix-90-10", "harms", -0.05, 0.02)),
    )
    found = sentences.advice(verdict, NAMES, T)
    assert "For type and kiln, train with 10\u00a0% synthetic images." in found
    assert "The same images harm glaze" in found
    assert "arms.mix-90-10.share" in found
    assert "For glaze, leave the synthetic images out." in found
    assert "three adapters" not in found


def test_advice_on_what_is_undecided_scales_with_the_square_of_the_detectable_effect() -> None:
    verdict = study_verdict(task("glaze", arm("mix-90-10", "undecided", 0.0, 0.04, seen=0.05)), scope="adapter")
    found = sentences.advice(verdict, NAMES, T)
    # (5 points / 2 points) squared is 6.25, rounded up.
    assert "roughly 7 times as many test objects" in found
    assert "three adapters" in found


def test_advice_for_a_task_that_cannot_be_tested() -> None:
    found = sentences.advice(study_verdict(task("kiln", arm("mix-90-10", "untestable", 0, 0), objects=9)), NAMES, T)
    assert (
        str(found)
        == "For kiln, label more objects first; a task is tested from 40 test objects in classes that can be scored."
    )


def test_advice_for_a_task_that_lacks_runs_is_not_to_label_more() -> None:
    found = sentences.advice(study_verdict(task("kiln", arm("mix-90-10", "untestable", 0, 0))), NAMES, T)
    assert str(found).startswith("For kiln, train every arm more often first (<code>experiment.seeds</code>)")
    assert "label" not in found


def test_several_adapters_in_the_narrow_scope_are_not_called_one() -> None:
    found = sentences.scope_sentence(study_verdict(scope="adapter"), (1, 2, 3), T)
    assert "<strong>these adapters</strong>: the 2 sets of synthetic images" in found
    assert "one fold, 2 adapters each, 3 classifier seeds an adapter" in found


def test_scope() -> None:
    assert "this adapter" in sentences.scope_sentence(study_verdict(scope="adapter"), (1, 1, 3), T)
    found = sentences.scope_sentence(study_verdict(), (5, 2, 1), T)
    assert "10 adapters were tuned" in found
    assert "5 folds, 2 adapters each, one classifier seed" in found
