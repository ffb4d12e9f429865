import dataclasses

import numpy as np
import pytest
from scipy import stats

from kilnmix.config import Arm
from kilnmix.experiment import learning_curve as learning
from kilnmix.statistics.scores import TaskOutcomes

ARMS = {
    "real": Arm(),
    "mix": Arm(source="synthetic", share=0.1),
    "real-at-50": Arm(photographs=0.5),
    "real-at-25": Arm(photographs=0.25),
    "mix-at-50": Arm(source="synthetic", share=0.1, photographs=0.5),
    "alone": Arm(source="repeat", share=0.1),
}


def test_a_curve_is_of_arms_that_differ_in_their_photographs_alone() -> None:
    assert learning.curves(ARMS) == {"real": ("real-at-25", "real-at-50", "real"), "mix": ("mix-at-50", "mix")}


SEEN = 2 * 10 / 9 * 0.004
FREEDOM = (SEEN + 0.0025) ** 2 / (SEEN**2 / 17.778 + 0.0025**2 / 3)
HALF = stats.t.isf(0.025, FREEDOM) * np.sqrt(SEEN + 0.0025)


def outcomes(predicted: np.ndarray) -> TaskOutcomes:
    truth = np.array([0] * 10 + [1] * 10)
    return TaskOutcomes(
        "type", ("a", "b"), (0, 1), truth, np.arange(20), np.zeros(20, int), np.ones(20), {"real": predicted}
    )


def test_a_score_without_any_variation_is_not_known_to_be_certain() -> None:
    perfect = np.tile([0] * 10 + [1] * 10, (1, 3, 1))
    # One of 20 objects more: se^2 = 2 (1/2)^2 / 10 / 20, t with three degrees of freedom.
    low = 1 - stats.t.isf(0.025, 3) * np.sqrt(0.0025)
    assert learning.score_interval(outcomes(perfect), "real", "adapter") == pytest.approx((1.0, low, 1.0))


def test_a_scores_interval_over_objects() -> None:
    # Seeds that agree: of each class two objects of ten are taken for the other, so F1 is 0.8 in both.
    answers = np.tile([1, 1, *[0] * 8, 0, 0, *[1] * 8], (1, 3, 1))
    middle, low, high = learning.score_interval(outcomes(answers), "real", "adapter") or (0, 0, 0)
    assert middle == pytest.approx(0.8)
    # Linearised, a wrong object has -0.04 and a right one 0.01: 10/9 (2 * 0.04^2 + 8 * 0.01^2) in each class, 17.8
    # degrees of freedom, and the pseudo-object's 0.0025 with 3.
    assert middle - low == pytest.approx(HALF, abs=1e-4)
    assert high == 1.0  # a score can reach no more than that


def test_a_single_run_has_no_interval() -> None:
    assert learning.score_interval(outcomes(np.zeros((1, 1, 20), int)), "real", "adapter") is None


def test_the_gap_to_a_reference() -> None:
    # The arm is right; the reference takes, of each class, two objects of ten for the other: 1 - 0.8, by the same parts
    # as above.
    right, answers = np.array([0] * 10 + [1] * 10), np.array([1, 1, *[0] * 8, 0, 0, *[1] * 8])
    case = outcomes(np.tile(answers, (1, 3, 1)))
    case = dataclasses.replace(case, predicted={**case.predicted, "mix": np.tile(right, (1, 3, 1))})
    low, high = learning.gap_interval(case, "mix", "real", "adapter") or (0, 0)
    assert (low + high) / 2 == pytest.approx(0.2)
    assert (high - low) / 2 == pytest.approx(HALF, abs=1e-4)
    assert learning.gap_interval(case, "real", "real", "adapter") == (0.0, 0.0)
    assert learning.gap_interval(outcomes(np.zeros((1, 1, 20), int)), "real", "real", "adapter") is None
