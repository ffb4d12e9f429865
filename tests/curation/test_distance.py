import numpy as np
import pytest

from kilnmix.curation.distance import class_distances, kernel_distance, nearest, standardise


def test_kernel_distance_by_hand() -> None:
    ours, theirs = np.array([[1.0], [2.0]]), np.array([[0.0], [3.0]])
    # Kernel (xy + 1)^3: within ours 3^3 = 27, within theirs 1, across (1, 64, 1, 343) of mean 102.25.
    assert kernel_distance(ours, theirs) == pytest.approx(27 + 1 - 2 * 102.25)


def test_one_distribution_is_near_and_another_is_far() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(size=(300, 8)), rng.normal(size=(300, 8))
    assert abs(kernel_distance(ours, theirs)) < 0.05
    assert kernel_distance(ours + 1, theirs) > 0.5


def test_standardising_uses_the_reference() -> None:
    reference, other = standardise(np.array([[0.0, 5.0], [2.0, 5.0]]), np.array([[3.0, 6.0]]))
    assert reference.tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert other.tolist() == [[2.0, 1.0]]


def test_classes_with_too_few_images_have_no_distance() -> None:
    rng = np.random.default_rng(0)
    found = class_distances(
        rng.normal(size=(5, 2)), np.array([0, 0, 0, 1, -1]), rng.normal(size=(4, 2)), np.array([0, 0, 1, 1]), 2
    )
    assert np.isfinite(found[0])
    assert np.isnan(found[1])


def test_the_nearest_by_hand_and_in_blocks() -> None:
    theirs = np.array([[0.0, 0.0], [3.0, 0.0], [10.0, 0.0]])
    ours = np.array([[2.0, 0.0], [9.0, 1.0], [1.0, 5.0]])
    assert nearest(ours, theirs, 2).tolist() == nearest(ours, theirs, 2, block=1).tolist() == [[1, 0], [2, 1], [0, 1]]
    assert nearest(ours, theirs[:1], 2).shape == (3, 1)
