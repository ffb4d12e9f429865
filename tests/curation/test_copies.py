"""Copies of photographs among synthetic images."""

import numpy as np

from kilnmix.curation import copies, similarity

RNG = np.random.default_rng(5)

PICTURES = RNG.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)


def test_a_copy_and_a_mirrored_copy_are_found_and_a_new_picture_is_not() -> None:
    train, new = PICTURES[:4], PICTURES[4:5]
    images = np.concatenate([train[2:3], similarity.mirrored(train[1:2]), new])
    found = copies.find(images, train, np.arange(4), PICTURES[5:], 0.99, 0.95)
    assert found.nearest[:2].tolist() == [2, 1]
    assert found.memorised.tolist() == [True, True, False]
    assert found.leaked.tolist() == [False, False, False]


def test_a_held_out_photograph_that_comes_back_is_a_leak() -> None:
    found = copies.find(PICTURES[5:6], PICTURES[:4], np.arange(4), PICTURES[5:], 0.99, 0.95)
    assert found.leaked.tolist() == [True]


def test_objects_that_look_alike_raise_the_threshold() -> None:
    base = PICTURES[0].astype(int)
    alike = np.stack([np.clip(base + RNG.integers(-20, 21, base.shape), 0, 255) for _ in range(5)]).astype(np.uint8)
    found = copies.find(alike[4:], alike[:4], np.arange(4), np.empty((0, 32, 32, 3), np.uint8), 1.0, 0.5)
    assert found.similarity[0] > 0.9
    assert found.thresholds[0] > 0.9
    one_object = copies.find(alike[4:], alike[:4], np.zeros(4), np.empty((0, 32, 32, 3), np.uint8), 1.0, 0.5)
    assert one_object.thresholds[0] == 0.5
