"""The arm that a task's sentence speaks of, by the four rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.report.sentences.lead import lead, primary
from tests.report.sentences.verdicts import arm, task


@pytest.mark.parametrize(
    ("arms", "name"),
    [
        ((("a", "helps", 0.02), ("b", "helps", 0.05), ("c", "harms", -0.2)), "b"),
        ((("a", "harms", -0.02), ("b", "harms", -0.05), ("c", "undecided", 0.2)), "b"),
        ((("a", "undecided", 0.3), ("b", "equivalent", 0.0)), "a"),
        ((("a", "equivalent", 0.002), ("b", "equivalent", -0.01)), "b"),
        ((("a", "untestable", 0.0),), None),
    ],
)
def test_helps_before_harms_before_undecided(arms: tuple[tuple[str, str, float], ...], name: str | None) -> None:
    found = lead(task("type", *(arm(label, verdict, delta, 0.01) for label, verdict, delta in arms)))
    assert (found and found.comparison.arm) == name


def test_of_undecided_arms_the_one_that_is_nearest_to_a_decision() -> None:
    # Differences over half widths: 0.3 / 3.0, 3.5 / 3.7 and -3.0 / 4.0.
    given = task(
        "dynasty",
        arm("a", "undecided", 0.003, 0.030, seen=0.01),
        arm("b", "undecided", 0.035, 0.037, seen=0.05),
        arm("c", "undecided", -0.030, 0.040, seen=None),
    )
    found = lead(given)
    assert found is not None and found.comparison.arm == "b"


def test_an_interval_without_a_width_is_no_decision() -> None:
    found = lead(task("type", arm("a", "undecided", 0.0, 0.0), arm("b", "undecided", -0.001, 0.02)))
    assert found is not None and found.comparison.arm == "b"


def test_a_secondary_arm_is_never_the_lead() -> None:
    second = arm("a", "helps", 0.1, 0.01)
    second = replace(second, comparison=replace(second.comparison, primary=False))
    first = arm("b", "undecided", 0.0, 0.1)
    given = task("type", second, first)
    assert lead(given) == first and primary(given) == [first]
