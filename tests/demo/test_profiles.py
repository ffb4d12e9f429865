"""Profiles of vessels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kilnmix.demo.piece import Marks, Piece, Style
from kilnmix.demo.profiles import NECKED, SAMPLES, TYPES, build, control_points
from kilnmix.demo.recipes import GLAZES

PLAIN = Style(lift=1.0, girth=1.0, neck=1.0, lip=0.0, plan=(), scale=1.0, weight=0.0)
BARE = Marks((0.5,) * 3, 0.0, None, 0.0, rings=0.0, foot_height=0.02, foot_flare=1.0, tint=(1.0,) * 3, roll=0.0)
STILL = np.zeros(9)


def piece(kind: str, covered: bool = False, rings: float = 0.0) -> Piece:
    marks = replace(BARE, rings=rings)
    points = control_points(kind, PLAIN, marks, STILL)
    return Piece(kind, 0.9, points, covered, (), marks, PLAIN, GLAZES["white"], 0.0, 1)


def test_control_points_are_the_types_own_in_the_styles_proportions() -> None:
    widest, points = TYPES["jar"]
    plain = np.array(control_points("jar", PLAIN, BARE, STILL))
    assert plain == pytest.approx(np.array(points) * [1, widest])
    style = replace(PLAIN, girth=1.2, neck=0.5, lip=0.1, lift=2.0)
    shaped = control_points("jar", style, replace(BARE, foot_flare=0.8), STILL)
    assert shaped[0][1] == pytest.approx(points[0][1] * widest * 1.2 * 0.8)
    assert shaped[-1][1] == pytest.approx(points[-1][1] * widest * 1.2 * 0.5 * 1.1)
    assert shaped[2] == pytest.approx((points[2][0] ** 2, points[2][1] * widest * 1.2))
    assert NECKED["jar"] < 1


@pytest.mark.parametrize("kind", list(TYPES))
def test_every_type_has_a_hollow_body_as_wide_as_its_points(kind: str) -> None:
    found = build(piece(kind))
    assert (len(found.heights), found.top) == (SAMPLES, 1.0)
    assert (found.outer > 0).all() and (found.inner < found.outer).all()
    assert found.inner[0] == 0 and found.inner[SAMPLES // 2] > 0
    assert found.outer.max() == pytest.approx(TYPES[kind][0], rel=0.05)


def test_throwing_rings_are_small_and_on_the_body_alone() -> None:
    smooth, ringed = build(piece("bottle")), build(piece("bottle", rings=1.0))
    difference = np.abs(ringed.outer - smooth.outer)
    assert 0.001 < difference.max() < 0.0023 and difference[0] == difference[-1] == 0


def test_a_lid_closes_the_mouth() -> None:
    covered = build(piece("jar", covered=True))
    mouth = build(piece("jar")).outer[-1]
    assert covered.top > 1.0 and not covered.inner.any()
    on_mouth = covered.outer[np.searchsorted(covered.heights, 1.0 + 0.05 * mouth)]
    assert on_mouth == pytest.approx(1.12 * mouth, rel=0.02)
