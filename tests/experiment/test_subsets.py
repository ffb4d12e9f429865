import numpy as np
import pytest

from kilnmix.experiment import subsets

# Twelve objects with two photographs each: eight of class 0, four of class 1.
OBJECTS = np.repeat(np.arange(12), 2)
LABELS = np.repeat([0] * 8 + [1] * 4, 2)[:, None]


def taken(share: float, seed: int = 1) -> np.ndarray:
    return np.unique(OBJECTS[subsets.nested(OBJECTS, LABELS, share, seed)])


@pytest.mark.parametrize("seed", range(20))
def test_a_share_keeps_the_proportions_of_the_classes(seed: int) -> None:
    # Half of 8 and of 4; a quarter of 8 and of 4.
    assert [int((taken(0.5, seed) < 8).sum()), int((taken(0.5, seed) >= 8).sum())] == [4, 2]
    assert [int((taken(0.25, seed) < 8).sum()), int((taken(0.25, seed) >= 8).sum())] == [2, 1]


def test_smaller_shares_lie_within_larger_ones_and_all_is_all() -> None:
    small, middle, large = (set(taken(share).tolist()) for share in (0.25, 0.5, 0.75))
    assert small < middle < large
    assert len(taken(1.0)) == 12
    assert taken(0.5, 1).tolist() != taken(0.5, 2).tolist()


def test_views_of_an_object_stay_together() -> None:
    stays = subsets.nested(OBJECTS, LABELS, 0.5, 1)
    assert (stays[::2] == stays[1::2]).all()


def test_an_object_counts_by_its_rarest_class_and_one_without_labels_by_none() -> None:
    # Ten objects of class 0 of the first task, of which two are all of class 1 of the second; two have no label.
    objects = np.arange(12)
    labels = np.array([[0, 0]] * 8 + [[0, 1]] * 2 + [[-1, -1]] * 2)
    for seed in range(10):
        half = objects[subsets.nested(objects, labels, 0.5, seed)]
        assert [int((half < 8).sum()), int(np.isin(half, [8, 9]).sum()), int((half >= 10).sum())] == [4, 1, 1]


def test_the_tail_is_cut_to_so_many_objects_and_nothing_else_is() -> None:
    labels = LABELS[:, 0]
    left = {most: np.unique(OBJECTS[subsets.cut(OBJECTS, labels, [1], most, 3)]) for most in (1, 2, 8)}
    assert [int((left[most] >= 8).sum()) for most in (1, 2, 8)] == [1, 2, 4]
    assert all(int((found < 8).sum()) == 8 for found in left.values())
    assert set(left[1]) < set(left[2])
