import numpy as np
import pytest

from kilnmix.classifier.data.augment import Augmenter

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)


@pytest.mark.parametrize("name", ["none", "paper", "strong"])
def test_every_policy_ends_at_the_size(name):
    picture = Augmenter(name, 32, seed=0)(PICTURE, 0, "real 0")
    assert picture.shape == (32, 32, 3)
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("name", ["paper", "strong"])
def test_randomness_follows_from_step_and_slot_alone(name):
    augment = Augmenter(name, 32, seed=0)
    first = augment(PICTURE, 5, "real 3")
    others = [augment(PICTURE, step, slot) for step, slot in [(5, "real 4"), (6, "real 3"), (5, "extra 3")]]
    np.testing.assert_array_equal(Augmenter(name, 32, seed=0)(PICTURE, 5, "real 3"), first)
    np.testing.assert_array_equal(augment(PICTURE, 5, "real 3"), first)
    for other in [*others, Augmenter(name, 32, seed=1)(PICTURE, 5, "real 3")]:
        assert not np.array_equal(other, first)


def test_none_changes_nothing_at_the_same_size():
    np.testing.assert_array_equal(Augmenter("none", 40, seed=0)(PICTURE, 0, "real 0"), PICTURE)
