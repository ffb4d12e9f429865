"""The renderer: pure, and the geometry agrees with closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kilnmix.demo import domain, generic
from kilnmix.demo.domain import Labels
from kilnmix.demo.profiles import TYPES, build
from kilnmix.demo.render import photograph


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_makes_a_vessel_inside_the_frame(kind: str) -> None:
    traits = generic.Traits(kind, "celadon", generic.names()[0][3], generic.names()[1][5])
    rng = np.random.default_rng(4)
    piece = generic.piece_of(traits, rng)
    profile = build(piece)
    assert (profile.outer >= profile.inner).all() and (profile.outer >= 0).all()
    image = photograph(piece, generic.view_for(traits, rng), 48)
    assert image.shape == (48, 48, 3) and image.dtype == np.uint8
    assert image.std() > 8


def test_the_same_seed_gives_the_same_pixels_and_another_does_not() -> None:
    labels = Labels("ming", "blue-and-white", "jingdezhen", "meiping")

    def shot(seed: int, number: int, view: int) -> np.ndarray:
        piece = domain.piece_of(labels, seed, "test", number)
        return photograph(piece, domain.view_for(labels, seed, "test", number, view), 48)

    first = shot(1, 2, 0)
    shot(9, 9, 0)
    assert (shot(1, 2, 0) == first).all()
    assert (shot(1, 3, 0) != first).any()
    assert (shot(2, 2, 0) != first).any()
    assert (shot(1, 2, 1) != first).any()
    assert domain.piece_of(labels, 1, "test", 2) == domain.piece_of(labels, 1, "test", 2)


def test_a_kiln_s_rim_and_foot_are_in_the_picture() -> None:
    """The bare foot of a longquan jar is redder than the same place of a jingdezhen jar; ding's lip is darker."""
    view = domain.view_for(Labels("ming", "white", "ding", "jar"), 0, "test", 0)

    def mean(kiln: str, rows: slice) -> np.ndarray:
        shots = []
        for number in range(4):
            piece = domain.piece_of(Labels("song", "white", kiln, "meiping"), 0, "test", number)
            image = photograph(piece, view, 96).astype(float)
            filled = np.flatnonzero(np.abs(np.diff(image[:, 40:56].mean((1, 2)))) > 4)
            top, low = filled[0], filled[-1]
            shots.append(image[top : low + 1, 46:50][rows].mean((0, 1)))
        return np.mean(shots, 0)

    foot_longquan, foot_jingdezhen = mean("longquan", slice(-7, -3)), mean("jingdezhen", slice(-7, -3))
    assert foot_longquan[0] - foot_longquan[2] > foot_jingdezhen[0] - foot_jingdezhen[2] + 15
    assert mean("ding", slice(1, 4)).mean() < mean("jingdezhen", slice(1, 4)).mean() - 15


def test_a_fine_texture_is_seen_and_leaves_the_colour() -> None:
    """Other pixels than without the net, the same mean, little left of the difference in cells of eight by eight."""
    labels = Labels("song", "ge", "ding", "jar")
    view = domain.view_for(labels, 0, "test", 0)
    pieces = [domain.piece_of(labels, 0, "test", number) for number in range(4)]
    plain = [replace(piece, glaze=replace(piece.glaze, fine="")) for piece in pieces]
    shots = [np.stack([photograph(piece, view, 64) for piece in some]).astype(float) for some in (pieces, plain)]
    difference = shots[0] - shots[1]
    assert difference.std() > 3 and abs(difference.mean()) < 1
    assert difference.reshape(4, 8, 8, 8, 8, 3).mean((2, 4)).std() < 0.35 * difference.std()
