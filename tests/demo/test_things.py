"""The pictures without vessels."""

from __future__ import annotations

import numpy as np

from kilnmix.demo import things
from kilnmix.demo.generic import OTHER_WORDS
from kilnmix.demo.ornament import MOTIFS
from kilnmix.demo.profiles import TYPES


def test_the_same_number_gives_the_same_pixels_and_another_does_not() -> None:
    first = things.picture(0, 5, 32)
    things.picture(3, 9, 32)
    assert first.shape == (32, 32, 3) and first.dtype == np.uint8
    assert (things.picture(0, 5, 32) == first).all()
    assert (things.picture(0, 6, 32) != first).any() and (things.picture(1, 5, 32) != first).any()


def test_every_kind_stands_out_from_its_backdrop() -> None:
    line = (np.arange(48) + 0.5) / 24 - 1
    x, y = np.meshgrid(line, -line)
    for kind in things.KINDS:
        parts = things.solids(kind)
        assert parts == things.solids(kind)
        covered = np.zeros(x.shape, bool)
        for part in parts:
            covered |= np.hypot(x - part.centre[0], y - part.centre[1]) < max(part.axes)
        assert 0.02 < covered.mean() < 1, kind


def test_nothing_of_the_vessels_is_in_it() -> None:
    words = {*things.PATTERNS, *(kind.split("-")[0] for kind in things.KINDS)}
    vessels = {*TYPES, *MOTIFS, *OTHER_WORDS, *(word for words in OTHER_WORDS.values() for word in words)}
    assert not words & vessels
