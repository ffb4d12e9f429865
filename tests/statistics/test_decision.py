"""The rules, one by one, on intervals written by hand."""

from __future__ import annotations

import pytest

from kilnmix.statistics.decision import culprit_of, decide, within
from kilnmix.statistics.intervals import Difference


def between(low: float, high: float) -> Difference:
    return Difference((low + high) / 2, low, high, p=0.5, se=0.01, df=9.0, raw_p=0.5, critical=2.5)


@pytest.mark.parametrize(
    ("vs_real", "vs_repeat", "verdict"),
    [
        ((0.01, 0.05), (0.001, 0.04), "helps"),
        ((0.0, 0.05), (0.0, 0.04), "helps"),
        ((0.001, 0.015), (0.001, 0.015), "helps"),  # clear, if small
        ((0.01, 0.05), None, "helps"),
        ((0.01, 0.05), (-0.001, 0.04), "undecided"),
        ((0.001, 0.015), (-0.001, 0.015), "equivalent"),
        ((-0.05, -0.01), (0.01, 0.04), "harms"),
        ((-0.015, 0.019), (-0.1, 0.1), "equivalent"),
        ((0.0, 0.0), (0.0, 0.0), "equivalent"),
        ((-0.015, 0.021), (0.01, 0.02), "undecided"),
    ],
)
def test_rules(vs_real: tuple[float, float], vs_repeat: tuple[float, float] | None, verdict: str) -> None:
    control = between(*vs_repeat) if vs_repeat else None
    assert decide(between(*vs_real), control, margin=0.02, controlled=control is not None) == verdict


def test_a_named_control_without_an_answer_lets_nothing_help_and_harm_stands() -> None:
    assert decide(between(0.01, 0.05), None, margin=0.02, controlled=True) == "undecided"
    assert decide(between(0.001, 0.015), None, margin=0.02, controlled=True) == "equivalent"
    assert decide(between(-0.05, -0.01), None, margin=0.02, controlled=True) == "harms"


LOSES, OPEN = (-0.06, -0.02), (-0.03, 0.01)


@pytest.mark.parametrize(
    ("vs_repeat", "of_control", "culprit"),
    [
        (None, None, "unclear"),
        ((-0.05, -0.01), OPEN, "images"),
        ((-0.05, -0.01), LOSES, "images"),  # the control loses too, and the arm loses more
        ((0.01, 0.05), None, "slots"),  # the control is worse still
        ((-0.015, 0.015), LOSES, "slots"),
        ((-0.015, 0.015), OPEN, "unclear"),  # the arm's own loss may be as small as what the margin forgives
        ((-0.015, 0.015), None, "unclear"),
        ((-0.05, 0.03), LOSES, "unclear"),
    ],
)
def test_who_does_the_harm(
    vs_repeat: tuple[float, float] | None, of_control: tuple[float, float] | None, culprit: str
) -> None:
    control = between(*vs_repeat) if vs_repeat else None
    assert culprit_of(control, between(*of_control) if of_control else None, 0.02) == culprit


def test_an_interval_is_within_the_margin_by_its_farther_end() -> None:
    assert within(between(-0.02, 0.02), 0.02) and not within(between(-0.021, 0.0), 0.02)
