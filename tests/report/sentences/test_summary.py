"""The study in two sentences, on verdicts written by hand."""

from __future__ import annotations

from kilnmix.report.inputs import Search
from kilnmix.report.sentences.summary import learnt, text, to_do
from tests.report.sentences.verdicts import arm, context, task

TYPE = task("type", arm("mix-90-10", "helps", 0.05, 0.02))
GLAZE = task("glaze", arm("mix-90-10", "harms", -0.05, 0.02))
KILN = task("kiln", arm("mix-90-10", "undecided", 0.01, 0.04))
DYNASTY = task("dynasty", arm("mix-90-10", "untestable", 0, 0))


def test_each_verdict_has_a_clause_and_what_helps_comes_first() -> None:
    study = context("adapter", DYNASTY, KILN, GLAZE, TYPE)
    assert learnt(study) == (
        "They help type; they harm glaze; kiln stays undecided: this study is too small to tell; "
        "dynasty cannot be tested with so few labels or runs."
    )
    assert to_do(study) == (
        "What to do: train type with 10\u00a0% synthetic images and the other tasks with photographs alone."
    )


def test_where_nothing_helps_photographs_alone_are_the_advice() -> None:
    study = context("adapter", GLAZE, task("type", arm("mix-90-10", "equivalent", 0.001, 0.01)))
    assert learnt(study) == "They harm glaze; they make no difference that matters for type."
    assert to_do(study) == "What to do: train with photographs alone."


def test_what_is_said_of_the_images_comes_before_what_stays_undecided() -> None:
    tasks = [
        task("kiln", arm("mix-90-10", "undecided", 0.01, 0.04)),
        task("type", arm("mix-90-10", "equivalent", 0, 0.01)),
    ]
    assert learnt(context("adapter", *tasks)).startswith(
        "They make no difference that matters for type; kiln stays undecided"
    )


def test_each_helping_mixture_has_its_tasks() -> None:
    kiln = task("kiln", arm("mix-95-5", "helps", 0.05, 0.02))
    assert to_do(context("adapter", TYPE, kiln, GLAZE)) == (
        "What to do: train type with 10\u00a0% synthetic images, kiln with 5\u00a0% synthetic images and the other "
        "task with photographs alone."
    )
    assert to_do(context("adapter", TYPE, kiln)) == (
        "What to do: train type with 10\u00a0% synthetic images and kiln with 5\u00a0% synthetic images."
    )


def test_where_everything_helps_one_mixture_is_the_advice() -> None:
    assert to_do(context("adapter", TYPE)) == "What to do: train with 10\u00a0% synthetic images."


def test_a_searched_recipe_without_images_is_not_credited_to_images() -> None:
    searched = task("type", arm("searched", "helps", 0.05, 0.02))
    none = (Search(0, True, (), {"share": 0.0}),)
    assert "the searched recipe helps type, but without images" in learnt(
        context("adapter", searched, searches=none)
    ).replace("The s", "the s")
    some = (Search(0, True, (), {"share": {"type": 0.2}}),)
    assert learnt(context("adapter", searched, searches=some)) == "They help type."


def test_the_text_for_a_terminal_has_a_line_for_every_task_and_no_markup() -> None:
    lines = text(context("adapter", GLAZE, TYPE, task("a<b", arm("mix-90-10", "undecided", 0.01, 0.04)))).splitlines()
    assert lines[0].startswith("Do synthetic images help? They help type; they harm glaze; a<b stays undecided")
    assert lines[3] == ("Glaze: adding 10 % synthetic images harms, \u22125.0 points macro-F1 [\u22127.0, \u22123.0].")
    assert lines[5].startswith("A<b: undecided;")
