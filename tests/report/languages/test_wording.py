"""Texts: values are escaped, numbers are written as people write them."""

from __future__ import annotations

import pytest

from kilnmix.common.errors import UserError
from kilnmix.common.pages.wording import Wording
from kilnmix.report.languages.wording import wording

EN, ZH = wording("en"), wording("zh")


def test_values_are_escaped_and_texts_are_not() -> None:
    t = Wording("en", {"a": "<em>{name}</em>"})
    assert t("a", name="<script>&") == "<em>&lt;script&gt;&amp;</em>"
    assert t.plain("a", name="<script>&") == "<script>&"


def test_one_and_many() -> None:
    assert EN("count.folds", n=1) == "one fold"
    assert EN("count.folds", n=3) == "3 folds"


def test_lists() -> None:
    assert EN.joined(["a"]) == "a"
    assert EN.joined(["a", "b", "c"]) == "a, b and c"
    assert ZH.joined(["a", "b", "c"]) == "a、b和c"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.031, "+3.1"), (-0.0251, "\u22122.5"), (0.0, "0.0"), (-0.0001, "0.0"), (None, "–"), (float("nan"), "–")],
)
def test_points(value: float | None, shown: str) -> None:
    assert EN.points(value) == shown


def test_other_numbers() -> None:
    assert EN.interval(0.008, 0.052) == "[+0.8,\u00a0+5.2]"
    assert (EN.share(0.1), EN.share(0.125), ZH.share(0.1)) == ("10\u00a0%", "12.5\u00a0%", "10%")
    assert (EN.plainly(0.02), EN.plainly(0.025)) == ("2", "2.5")
    assert [EN.figure(value) for value in (-0.10712, 1.8, float("nan"), None)] == ["\u22120.107", "1.8", "–", "–"]
    assert (EN.probability(0.0004), EN.probability(0.0123), EN.probability(0.5)) == (
        "p\u00a0<\u00a00.001",
        "p\u00a0=\u00a00.012",
        "p\u00a0=\u00a00.50",
    )
    assert (EN.signed(0.424), EN.signed(-0.001), EN.score(0.7134)) == ("+0.42", "0.00", "71.3")


@pytest.mark.parametrize("language", ["fr", "../en", ""])
def test_a_language_that_is_not_there(language: str) -> None:
    with pytest.raises(UserError, match="en or zh"):
        wording(language)
