"""Spouts, handles and feet around a plain cylinder."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.demo.parts import attach
from kilnmix.demo.profiles import Profile
from tests.demo.test_profiles import piece

RADIUS = 0.4
CYLINDER = Profile(
    heights=np.linspace(0, 1, 64, dtype=np.float32),
    outer=np.full(64, RADIUS, np.float32),
    inner=np.zeros(64, np.float32),
    top=1.0,
)


def tubes(part: str, yaw: float = 0.0):  # type: ignore[no-untyped-def]
    given = piece("jar")
    return attach(given.__class__(**{**vars(given), "parts": (part,)}), CYLINDER, yaw)


@pytest.mark.parametrize(("part", "count"), [("spout", 1), ("handle", 1), ("loops", 2), ("ears", 2), ("feet", 3)])
def test_how_many_there_are_and_that_they_begin_in_the_wall(part: str, count: int) -> None:
    found = tubes(part)
    assert len(found) == count
    for tube in found:
        out = np.hypot(tube.centres[:, 0], tube.centres[:, 2])
        assert len(tube.radii) == len(tube.centres) and (tube.radii > 0).all()
        assert out[0] <= RADIUS < (out + tube.radii).max()


def test_spout_and_handle_are_opposite_and_turn_with_the_piece() -> None:
    (spout,), (handle,) = tubes("spout"), tubes("handle")
    assert spout.centres[-1, 0] > RADIUS and abs(spout.centres[-1, 2]) < 1e-9
    assert handle.centres[20, 0] < -RADIUS
    (turned,) = tubes("spout", np.pi / 2)
    assert turned.centres[-1, 2] == pytest.approx(spout.centres[-1, 0])
    assert (spout.radii[0], spout.radii[-1]) == (pytest.approx(0.062), pytest.approx(0.026))


def test_feet_stand_a_third_of_a_turn_apart() -> None:
    angles = sorted(np.arctan2(foot.centres[0, 2], foot.centres[0, 0]) for foot in tubes("feet"))
    assert np.diff(angles) == pytest.approx([2 * np.pi / 3] * 2)


def test_other_parts_make_no_tube() -> None:
    assert tubes("lid") == []
