import numpy as np
import pytest

from kilnmix.classifier.data.batches import EpochOrder, class_counts, extra_slots, plan, row_weights


def test_every_epoch_holds_every_row_once():
    order = EpochOrder(7, seed=3, purpose="test").take(0, 21).reshape(3, 7)
    assert [sorted(epoch) for epoch in order] == [list(range(7))] * 3
    assert len({tuple(epoch) for epoch in order}) == 3


def test_sequence_does_not_depend_on_how_it_is_cut():
    whole = EpochOrder(7, 3, "test").take(0, 30)
    other = EpochOrder(7, 3, "test")
    np.testing.assert_array_equal(np.concatenate([other.take(start, 5) for start in range(0, 30, 5)]), whole)


def test_real_slots_are_the_same_with_and_without_extra_images():
    without = list(plan(10, 8, real=20, seed=1))
    with_extra = list(plan(10, 8, real=20, seed=1, extra=5, share=0.2))
    for bare, mixed in zip(without, with_extra, strict=True):
        np.testing.assert_array_equal(bare.real, mixed.real)
    assert all(len(step.extra) == 0 for step in without)
    assert all(len(step.extra) == 2 for step in with_extra)


@pytest.mark.parametrize(("batch", "share", "slots"), [(32, 0.05, 32 / 19), (32, 0.1, 32 / 9), (19, 0.05, 1.0)])
def test_share_is_extra_over_all(batch: int, share: float, slots: float):
    assert extra_slots(batch, share, "extra") == pytest.approx(slots)
    filled = [len(step.extra) for step in plan(200, batch, real=50, seed=0, extra=9, share=share)]
    assert sum(filled) == int(np.floor(round(200 * slots, 9)))
    assert max(filled) - min(filled) <= 1
    assert sum(filled) / (sum(filled) + 200 * batch) == pytest.approx(share, abs=2e-4)


def test_replace_takes_the_last_real_slots():
    bare = list(plan(10, 8, real=20, seed=1))
    for step, whole in zip(plan(10, 8, real=20, seed=1, extra=5, share=0.25, mode="replace"), bare, strict=True):
        assert len(step.extra) == 2
        np.testing.assert_array_equal(step.real, whole.real[:6])


def test_extra_images_come_up_equally_often():
    taken = np.concatenate([step.extra for step in plan(90, 8, real=20, seed=1, extra=6, share=0.2)])
    assert np.bincount(taken).tolist() == [30] * 6


def test_counts_include_extra_images_as_often_as_they_are_seen():
    labels = np.array([0, 0, 0, 1, -1, 2, 0, 0, 1])
    extra = np.array([2, 2, -1, 1])
    # share 0.1 of 9 real rows: one extra image a round, spread over four rows: 1/4 each.
    np.testing.assert_allclose(class_counts(labels, 4, extra, share=0.1), [5, 2.25, 1.5, 0])
    np.testing.assert_allclose(class_counts(labels, 4, extra, share=0.1, extra_weight=2.0), [5, 2.5, 2, 0])
    np.testing.assert_allclose(class_counts(labels, 4), [5, 2, 1, 0])


def test_extra_slots_can_end_early():
    steps = list(plan(10, 8, real=20, seed=1, extra=5, share=0.2, empty_from=6))
    assert [len(step.extra) for step in steps] == [2] * 6 + [0] * 4


def test_balanced_weights_by_hand():
    # Classes of 3 and 1: raw 1/3, 1/3, 1/3, 1 with mean 1/2; the row without a label gets 1.
    labels = np.array([0, 0, 0, 1, -1])
    np.testing.assert_allclose(row_weights([labels], [1.0]), [2 / 3, 2 / 3, 2 / 3, 2, 1])
    half = row_weights([labels], [0.5])
    assert half[3] / half[0] == pytest.approx(3**0.5)
    np.testing.assert_allclose(row_weights([labels, labels], [1.0, 0.0]), [5 / 6, 5 / 6, 5 / 6, 1.5, 1])


def test_weighted_order_draws_as_often_as_asked():
    weights = np.array([2.0, 1.0, 0.5, 0.5, 1.0])
    drawn = EpochOrder(5, 0, "test", weights).take(0, 5 * 40)
    np.testing.assert_allclose(np.bincount(drawn, minlength=5) / 40, weights, atol=0.26)
    for epoch in drawn.reshape(40, 5):
        counts = np.bincount(epoch, minlength=5)
        assert (counts >= np.floor(weights)).all()
        assert (counts <= np.ceil(weights)).all()


def test_counts_follow_the_drawing():
    counts = class_counts(np.array([0, 0, 1]), 2, row_weights=np.array([0.75, 0.75, 1.5]))
    np.testing.assert_allclose(counts, [1.5, 1.5])
