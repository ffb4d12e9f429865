"""Which photographs each judge is not trained on."""

import numpy as np

from kilnmix.curation import crossfit


def test_cross_fitting_keeps_objects_whole_and_spreads_combinations() -> None:
    objects = np.repeat(np.arange(30), 2)
    labels = np.repeat(np.arange(30) % 3, 2)[:, None]
    parts = crossfit.parts(objects, labels, 3, seed=1)
    assert (parts[::2] == parts[1::2]).all()
    for part in range(3):
        assert np.bincount(labels[parts == part, 0]).sum() == 20
        assert (np.abs(np.bincount(labels[parts == part, 0], minlength=3) - 20 / 3) <= 2).all()


def test_the_same_seed_divides_alike_and_another_does_not() -> None:
    objects, labels = np.arange(40), np.zeros((40, 1), int)
    first = crossfit.parts(objects, labels, 4, seed=1)
    assert np.bincount(first).tolist() == [10] * 4
    assert (crossfit.parts(objects, labels, 4, seed=1) == first).all()
    assert not (crossfit.parts(objects, labels, 4, seed=2) == first).all()
