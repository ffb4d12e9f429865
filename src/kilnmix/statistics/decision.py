"""From differences to a verdict's name: the rules 2 to 5 of `verdicts`."""

from __future__ import annotations

from typing import Literal

from kilnmix.statistics.intervals import Difference

VerdictName = Literal["helps", "harms", "equivalent", "undecided", "untestable"]
Culprit = Literal["images", "slots", "unclear"]


def decide(vs_real: Difference, vs_repeat: Difference | None, margin: float, controlled: bool) -> VerdictName:
    """Rules 2 to 5.

    Args:
        vs_repeat: against the control; None without one, and where it cannot be held against the arm.
        controlled: whether a control is named. If not, `helps` rests on the reference alone.
    """
    side = vs_real.significant_side
    if side < 0:
        return "harms"
    if side > 0 and (vs_repeat.significant_side > 0 if vs_repeat is not None else not controlled):
        return "helps"
    return "equivalent" if within(vs_real, margin) else "undecided"


def within(difference: Difference, margin: float) -> bool:
    """Whether the interval lies within the margin."""
    return max(abs(difference.low), abs(difference.high)) <= margin


def culprit_of(vs_repeat: Difference | None, of_control: Difference | None, margin: float) -> Culprit:
    """Who does the harm, by the differences of the arm to its control and of the control to the reference."""
    if vs_repeat is None:
        return "unclear"
    if vs_repeat.significant_side < 0:
        return "images"
    if vs_repeat.significant_side > 0:
        return "slots"  # the control is worse still
    as_bad = of_control is not None and of_control.significant_side < 0
    return "slots" if as_bad and within(vs_repeat, margin) else "unclear"
