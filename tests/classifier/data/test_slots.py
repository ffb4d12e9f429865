import numpy as np
import pytest

from kilnmix.classifier.data.slots import EpochOrder, ExtraSlots, plan


def slots(rows, share, mode="extra", until=10**6):
    return ExtraSlots(rows, share, mode, until)


def test_no_extra_rows_are_no_extra_slots():
    assert slots(0, 0.5).mean(8) == 0
    assert all(len(step.extra) == 0 for step in plan(3, 8, real=20, seed=1, extra=slots(0, 0.5)))


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
    with_extra = list(plan(10, 8, real=20, seed=1, extra=slots(5, 0.2)))
    for bare, mixed in zip(without, with_extra, strict=True):
        np.testing.assert_array_equal(bare.real, mixed.real)
    assert all(len(step.extra) == 0 for step in without)
    assert all(len(step.extra) == 2 for step in with_extra)


@pytest.mark.parametrize(("batch", "share", "mean"), [(32, 0.05, 32 / 19), (32, 0.1, 32 / 9), (19, 0.05, 1.0)])
def test_share_is_extra_over_all(batch: int, share: float, mean: float):
    assert slots(9, share).mean(batch) == pytest.approx(mean)
    filled = [len(step.extra) for step in plan(200, batch, real=50, seed=0, extra=slots(9, share))]
    assert sum(filled) == int(np.floor(round(200 * mean, 9)))
    assert max(filled) - min(filled) <= 1
    assert sum(filled) / (sum(filled) + 200 * batch) == pytest.approx(share, abs=2e-4)


def test_replace_takes_the_last_real_slots():
    bare = list(plan(10, 8, real=20, seed=1))
    for step, whole in zip(plan(10, 8, real=20, seed=1, extra=slots(5, 0.25, mode="replace")), bare, strict=True):
        assert len(step.extra) == 2
        np.testing.assert_array_equal(step.real, whole.real[:6])


def test_extra_images_come_up_equally_often():
    taken = np.concatenate([step.extra for step in plan(90, 8, real=20, seed=1, extra=slots(6, 0.2))])
    assert np.bincount(taken).tolist() == [30] * 6


def test_extra_slots_can_end_early():
    steps = list(plan(10, 8, real=20, seed=1, extra=slots(5, 0.2, until=6)))
    assert [len(step.extra) for step in steps] == [2] * 6 + [0] * 4


def test_weighted_order_draws_as_often_as_asked():
    weights = np.array([2.0, 1.0, 0.5, 0.5, 1.0])
    drawn = EpochOrder(5, 0, "test", weights).take(0, 5 * 40)
    np.testing.assert_allclose(np.bincount(drawn, minlength=5) / 40, weights, atol=0.26)
    for epoch in drawn.reshape(40, 5):
        counts = np.bincount(epoch, minlength=5)
        assert (counts >= np.floor(weights)).all()
        assert (counts <= np.ceil(weights)).all()
