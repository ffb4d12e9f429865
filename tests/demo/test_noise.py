"""Noise tiles, against scipy's interpolation and their own promises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from kilnmix.demo import noise


@pytest.mark.parametrize("tile", [noise.net, noise.specks, lambda: noise.cloud(2), lambda: noise.cloud(5)])
def test_tiles_have_mean_nought_and_deviation_one(tile: Callable[[], np.ndarray]) -> None:
    made = tile()
    assert (made.shape, made.dtype) == ((noise.EDGE, noise.EDGE), np.float32)
    assert made.mean() == pytest.approx(0, abs=1e-4) and made.std() == pytest.approx(1, abs=1e-3)


def test_tiles_go_on_over_their_edges() -> None:
    # A step over the edge is no larger than the largest step within.
    for tile in (noise.cloud(4), noise.cracks()):
        inside = np.abs(np.diff(tile, axis=0)).max()
        assert np.abs(tile[0] - tile[-1]).max() <= inside * 1.01


def test_grains_grow_with_the_octave() -> None:
    def alike(tile: np.ndarray) -> float:
        return float(np.corrcoef(tile[:, :-4].ravel(), tile[:, 4:].ravel())[0, 1])

    assert alike(noise.cloud(1)) < 0.2 < alike(noise.cloud(3)) < alike(noise.cloud(5))


def test_cracks_are_one_on_the_borders_of_cells() -> None:
    made = noise.cracks()
    assert made.min() == 0 and made.max() == 1
    assert 0.02 < (made > 0.99).mean() < 0.3


def test_samples_are_bilinear_and_wrap() -> None:
    tile = noise.cloud(3)
    u, v = np.random.default_rng(0).uniform(-2, 2, (2, 50))
    expected = map_coordinates(tile, [v * noise.EDGE, u * noise.EDGE], order=1, mode="grid-wrap")
    assert noise.sample(tile, u, v) == pytest.approx(expected, abs=1e-3)
