"""Soft labels by judges, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.curation.judged import shares

ASKED = np.array([0, 1, -1, 0])
SEEN = np.array([[[0.8, 0.2], [0.5, 0.5], [0.9, 0.1], [0.9999, 0.0001]]])


def test_calibrated_judges_are_taken_at_their_word() -> None:
    # Of ten photographs to which 0.8 is given, eight are right: the temperature is 1.
    real, given = np.array([0] * 8 + [1] * 2), np.tile([0.8, 0.2], (10, 1))
    found = shares(ASKED, SEEN, real, given)
    assert found.dtype == np.float32
    # What is below a thousandth has no share; where nothing was asked, nothing is taught.
    assert found == pytest.approx(np.array([[0.8, 0.2], [0.5, 0.5], [0, 0], [1, 0]]), abs=2e-4)
    assert found[3].tolist() == [1, 0]


def test_judges_that_are_too_sure_are_flattened() -> None:
    # Odds 16 to 1 where 4 to 1 are right: the temperature is 2, and odds of 4 to 1 become 2 to 1.
    real, given = np.array([0] * 8 + [1] * 2), np.tile([16 / 17, 1 / 17], (10, 1))
    found = shares(ASKED, SEEN, real, given)
    assert found[0] == pytest.approx([2 / 3, 1 / 3], abs=1e-3)


def test_few_photographs_calibrate_nothing() -> None:
    real, given = np.array([0] * 9), np.tile([0.01, 0.99], (9, 1))
    assert shares(ASKED, SEEN, real, given)[0] == pytest.approx([0.8, 0.2], abs=1e-6)


def test_a_class_that_a_judge_cannot_see_has_no_share() -> None:
    found = shares(np.array([0]), np.array([[[1.0, 0.0]]]), np.array([0] * 12), np.tile([1.0, 0.0], (12, 1)))
    assert found.tolist() == [[1, 0]]


def test_judges_are_calibrated_each_by_itself() -> None:
    # The temperature of a judge is 2: odds of 16 become 4, those of 1 stay. The mean of 4/5 and 1/2 is 0.65; taken at
    # that temperature, the mean of 16/17 and 1/2 would be odds of 1.60 to 1, 0.615.
    real, given = np.array([0] * 8 + [1] * 2), np.tile([16 / 17, 1 / 17], (10, 1))
    seen = np.array([[[16 / 17, 1 / 17]], [[0.5, 0.5]]])
    assert shares(np.array([0]), seen, real, given)[0] == pytest.approx([0.65, 0.35], abs=1e-3)
