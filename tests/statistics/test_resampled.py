"""The corrected resampled t by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from kilnmix.statistics import resampled
from kilnmix.statistics.scores import TaskOutcomes


def outcomes() -> TaskOutcomes:
    """Three folds of two classes of ten objects; `mix` errs on one object of fold 0 and on two of fold 1."""
    truth, folds = np.tile([0, 1], 30), np.repeat([0, 1, 2], 20)
    right = np.broadcast_to(truth, (1, 2, 60)).copy()
    wrong = right.copy()
    wrong[:, :, [0, 20, 22]] = 1
    return TaskOutcomes(
        "kiln", ("a", "b"), (0, 1), truth, np.arange(60), folds, np.ones(60), {"real": right, "mix": wrong}
    )


def test_three_folds_by_hand() -> None:
    found = resampled.interval(outcomes(), "mix", "real", 0.05)
    # a: 27 of 30 right, none wrongly named, F = 54/57; b: 30 right, 33 named, F = 60/63. A right object has the part
    # (2 - 2 F) / D / 2, a wrong one -F_a / D_a / 2 - F_b / D_b / 2; with `real` all have 0.
    a, b = 54 / 57, 60 / 63
    delta = (a + b) / 2 - 1
    cost = ((2 - a) / 57 + b / 63) / 2
    base = (10 * (2 - 2 * a) / 57 + 10 * (2 - 2 * b) / 63) / 2
    by_fold = 3 * np.array([base - cost, base - 2 * cost, base])
    half = stats.t.isf(0.025, 2) * np.sqrt((1 / 3 + 1 / 2) * by_fold.var(ddof=1))
    assert found == pytest.approx((delta - half, delta + half))


def test_one_fold_has_none() -> None:
    single = dataclasses.replace(outcomes(), folds=np.zeros(60, int))
    assert resampled.interval(single, "mix", "real", 0.05) is None
