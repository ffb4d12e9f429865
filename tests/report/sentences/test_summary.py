"""The study in two sentences, on verdicts written by hand."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Search
from kilnmix.report.sentences.advice import advice
from kilnmix.report.sentences.summary import learnt, text, to_do
from tests.report.sentences.verdicts import arm, context, difference, task

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


def test_the_text_in_chinese_has_no_gap_behind_its_own_signs_and_one_before_a_number() -> None:
    english = context("adapter", GLAZE, TYPE)
    lines = text(ReportContext.of(english.inputs, "zh")).splitlines()
    assert lines[0].startswith("合成图像有用吗？对器形有益；对釉有害")
    assert lines[1].startswith("建议：器形用 10% 合成图像训练，")
    assert lines[3].startswith("釉：加入 10% 合成图像有害")


def test_a_gain_that_repeated_photographs_have_too_is_known_not_to_be_the_images_doing() -> None:
    better = arm("mix-90-10", "undecided", 0.05, 0.02)
    gains = task("type", replace(better, vs_repeat=difference(0.0, -0.01, 0.01)))
    study = context("procedure", KILN, gains)
    assert learnt(study).startswith("For type, repeated photographs gain as much as they do; kiln stays undecided")
    (sentence,) = (line for line in text(study).splitlines() if line.startswith("Type:"))
    assert "+5.0 points" in sentence and "it is the extra slots, not the images" in sentence
    told = str(advice(study))
    assert "For type, repeat photographs instead (<code>repeat-90-10</code>)" in told
    assert "For kiln, stay with photographs alone" in told and "type" not in told.split("For kiln")[1]
    # Where the control may be worse by more than the margin, the study could not tell.
    wide = task("type", replace(better, vs_repeat=difference(0.0, -0.03, 0.03)))
    assert "type stays undecided" in learnt(context("procedure", wide)).lower()


def test_where_photographs_stand_too_high_no_gain_is_promised_to_be_seen() -> None:
    high = replace(arm("mix-90-10", "undecided", 0.0, 0.03, seen=0.04), f1=0.98, reference_f1=0.98)
    assert "no gain which is left could have been seen" in text(context("adapter", task("type", high)))
