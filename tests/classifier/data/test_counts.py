import numpy as np
import pytest

from kilnmix.classifier.data.counts import class_counts, row_weights


def test_counts_include_extra_images_as_often_as_they_are_seen():
    labels = np.array([0, 0, 0, 1, -1, 2, 0, 0, 1])
    extra = np.array([2, 2, -1, 1])
    # share 0.1 of 9 real rows: one extra image a round, spread over four rows: 1/4 each.
    np.testing.assert_allclose(class_counts(labels, 4, extra, share=0.1), [5, 2.25, 1.5, 0])
    np.testing.assert_allclose(class_counts(labels, 4, extra, share=0.1, extra_weight=2.0), [5, 2.5, 2, 0])
    np.testing.assert_allclose(class_counts(labels, 4), [5, 2, 1, 0])


def test_balanced_weights_by_hand():
    # Classes of 3 and 1: raw 1/3, 1/3, 1/3, 1 with mean 1/2; the row without a label gets 1.
    labels = np.array([0, 0, 0, 1, -1])
    np.testing.assert_allclose(row_weights([labels], [1.0]), [2 / 3, 2 / 3, 2 / 3, 2, 1])
    half = row_weights([labels], [0.5])
    assert half[3] / half[0] == pytest.approx(3**0.5)
    np.testing.assert_allclose(row_weights([labels, labels], [1.0, 0.0]), [5 / 6, 5 / 6, 5 / 6, 1.5, 1])


def test_counts_follow_the_drawing():
    counts = class_counts(np.array([0, 0, 1]), 2, row_weights=np.array([0.75, 0.75, 1.5]))
    np.testing.assert_allclose(counts, [1.5, 1.5])
