"""What arms, tasks and classes are called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.config import Arm
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ClassName, ReportInputs, Search
from kilnmix.report.languages.names import Names, task_name, task_title
from kilnmix.report.languages.wording import wording

EN, ZH = wording("en"), wording("zh")


def names(study: ReportInputs, language: str = "en", **arms: Arm) -> Names:
    params = study.params.model_copy(update={"arms": study.params.arms | arms})
    return ReportContext.of(replace(study, params=params), language).names


@pytest.mark.parametrize(
    ("arm", "short"),
    [
        ("real", "photographs alone"),
        ("mix-90-10", "10\u00a0% synthetic"),
        ("repeat-90-10", "10\u00a0% repeated photographs"),
        ("by-task", "5\u201320\u00a0% synthetic"),
    ],
)
def test_arms_by_what_fills_them(study: ReportInputs, arm: str, short: str) -> None:
    by_task = Arm(source="synthetic", share={"type": 0.2, "glaze": 0.05})
    assert names(study, **{"by-task": by_task}).arm(arm) == short


def test_an_arm_with_a_recipe_of_its_own_goes_by_its_name(study: ReportInputs) -> None:
    own = Arm(source="synthetic", share=0.1, classifier={"freeze": 1.0})
    assert "frozen" in names(study, frozen=own).arm("frozen")
    assert "nobody" in str(names(study).mix("nobody"))


def test_shares_of_the_search(study: ReportInputs) -> None:
    given = replace(study, searches=(Search(0, True, (), {"share": {"type": 0.1}}), Search(0, False, (), {})))
    found = names(given)
    assert (found.searched_shares("type"), found.searched_shares("glaze")) == ((0.1,), (0.0,))
    assert not found.searched_none
    assert names(replace(study, searches=(Search(0, True, (), {"share": 0.0}),))).searched_none
    assert names(replace(study, searches=())).searched_shares("type") == ()


def test_classes_in_both_languages(study: ReportInputs) -> None:
    known = {"glaze": {"jun": ClassName("jun", "钧釉"), "white": ClassName("white", "")}}
    given = replace(study, names=known)
    assert names(given).label("glaze", "jun") == ("jun", "钧釉")
    assert names(given, "zh").label("glaze", "jun") == ("钧釉", "jun")
    assert names(given, "zh").label("glaze", "white") == ("white", "")
    assert names(given).plain("glaze", "own-class") == "own-class"
    assert names(given).classes("glaze", ["jun", "white"]) == "jun, white"
    assert names(given, "zh").classes("glaze", ["jun", "white"]) == "钧釉、white"


def test_tasks_that_the_texts_know_and_others() -> None:
    assert (task_name("type", ZH), task_title("type", EN)) == ("器形", "Type")
    assert (task_name("rim_mark", EN), task_title("rim_mark", EN)) == ("rim mark", "Rim mark")


def test_spans_of_shares(study: ReportInputs) -> None:
    found = names(study)
    assert [found.span(shares) for shares in ([], [0.1], [0.1, 0.1], [0.2, 0.05])] == [
        "", "10\u00a0%", "10\u00a0%", "5–20\u00a0%",
    ]  # fmt: skip
    assert found.shares("real") == ""
