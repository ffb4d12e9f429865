"""Thirds of the classes, and F1 by class against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from kilnmix.statistics.frequency import class_f1, frequency_groups, macro_f1


def test_head_middle_and_tail() -> None:
    counts = [50, 3, 20, 8, 20, 1, 99]
    assert frequency_groups(counts, (0, 1, 2, 3, 4, 5, 6)) == {"head": (0, 6), "middle": (2, 4), "tail": (1, 3, 5)}
    assert frequency_groups(counts, (0, 1, 2)) == {"head": (0,), "middle": (2,), "tail": (1,)}
    assert frequency_groups(counts, (6,)) == {"head": (), "middle": (), "tail": (6,)}


def test_f1_agrees_with_scikit_learn_over_the_classes_present() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 200)
    answers = np.where(rng.random(200) < 0.6, truth, rng.integers(0, 7, 200))
    expected = f1_score(truth, answers, labels=np.arange(7), average=None, zero_division=0)
    assert class_f1(truth, answers, 7) == pytest.approx(expected, abs=1e-6)
    assert macro_f1(truth, answers, 7) == pytest.approx(expected[:5].mean())


def test_a_class_in_the_labels_that_is_never_answered_is_a_zero_and_an_absent_class_is_none() -> None:
    assert macro_f1(np.array([0, 1]), np.array([0, 0]), 3) == pytest.approx((2 / 3 + 0) / 2)
    # Class 0: TP 1, T 2, P 1, so 2/3; class 2: TP 1, T 1, P 2, so 2/3; no label holds class 1 or 3.
    truth, answers = np.array([0, 0, 2]), np.array([0, 2, 2])
    assert class_f1(truth, answers, 4).tolist() == pytest.approx([2 / 3, 0, 2 / 3, 0])
    assert macro_f1(truth, answers, 4) == pytest.approx(2 / 3)
