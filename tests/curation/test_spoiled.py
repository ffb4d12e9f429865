import numpy as np
import pytest

from kilnmix.curation import quality, spoiled
from tests.curation.test_quality import SIDE, scene


def test_without_its_vessel_a_picture_is_its_backdrop() -> None:
    found = spoiled.emptied(scene(48), np.random.default_rng(0))
    assert found is not None
    assert np.abs(found.astype(int) - scene()).mean() < 2
    assert np.abs(found.astype(int) - scene()).max() < 40
    assert quality.measure([found], SIDE).vessels.tolist() == [0]
    assert spoiled.emptied(scene(), np.random.default_rng(0)) is None


@pytest.mark.parametrize("seed", range(6))
def test_two_vessels_stand_side_by_side(seed: int) -> None:
    rng = np.random.default_rng(seed)
    empty = spoiled.emptied(scene(48), rng)
    found = spoiled.doubled(scene(48), scene(40), empty, rng)
    assert found is not None and found.shape == (SIDE, SIDE, 3)
    light = (found[..., 0] > 160) & (found[..., 2] < 160)
    assert light[:, : SIDE // 2].sum() > 100 and light[:, SIDE // 2 :].sum() > 100
    assert spoiled.doubled(scene(48), scene(), empty, rng) is None


def test_the_originals_stay_as_they_are() -> None:
    picture = scene(48)
    before = picture.copy()
    empty = spoiled.emptied(picture, np.random.default_rng(1))
    spoiled.doubled(picture, picture, empty, np.random.default_rng(1))
    assert (picture == before).all()
