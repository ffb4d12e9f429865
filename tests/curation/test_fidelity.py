import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from kilnmix.curation import distance, fidelity


def test_skill_is_balanced_accuracy_above_chance() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1, 2, -1])
    predicted = np.array([0, 0, 0, 1, 1, 2, 2, 0])
    recall = fidelity.recalls(truth, predicted, 4)
    assert recall[:3].tolist() == [0.75, 0.5, 1.0]
    assert np.isnan(recall[3])
    known = truth >= 0
    expected = balanced_accuracy_score(truth[known], predicted[known], adjusted=True)
    assert fidelity.skill(recall) == pytest.approx(expected)
    assert fidelity.skill(np.array([1.0, np.nan])) == 0.0


def judged(floor: float, real_predicted: list[int]) -> fidelity.Judgement:
    probabilities = np.array([[0.9, 0.1], [0.96, 0.04], [0.6, 0.4], [0.2, 0.8]])
    return fidelity.judge(
        np.array([0, 0, 1, 1]), np.array(real_predicted), np.array([0, 1, 1, -1]), probabilities, floor, 0.1
    )


def test_a_label_is_masked_when_judges_that_can_see_do_not_see_it() -> None:
    sure = judged(0.5, [0, 0, 1, 1])
    assert sure.agreed.tolist() == [True, False, False, False]
    assert sure.masked.tolist() == [False, True, False, False]
    assert sure.alignment.tolist() == [1.0, 0.0]
    assert sure.asked.tolist() == [1, 2]


def test_judges_below_the_floor_mask_nothing() -> None:
    assert judged(0.5, [1, 0, 1, 0]).skill == 0.0
    assert not judged(0.5, [1, 0, 1, 0]).masked.any()


def test_a_task_that_no_image_was_drawn_for_is_judged_without_a_fault() -> None:
    nothing = np.full(4, -1)
    found = fidelity.judge(np.array([0, 1]), np.array([0, 1]), nothing, np.full((4, 2), 0.5), 0.0, 0.9)
    assert not found.agreed.any()
    assert not found.masked.any()
    assert found.asked.tolist() == [0, 0]
    assert np.isnan(found.alignment).all()
    far = distance.class_distances(np.eye(4), nothing, np.eye(4), np.array([0, 0, 1, 1]), 2)
    assert np.isnan(far).all()


def test_the_interval_of_a_share() -> None:
    # Of n alike trials the lower bound is n / (n + z^2): 10 / 13.8415.
    assert fidelity.wilson(10, 10) == pytest.approx((10 / 13.841459, 1.0), abs=1e-6)
    assert fidelity.wilson(0, 10) == pytest.approx((0.0, 3.841459 / 13.841459), abs=1e-6)
    # (0.8 + 0.1920729 +- 1.959964 sqrt(0.016 + 0.00960365)) / 1.3841459.
    assert fidelity.wilson(8, 10) == pytest.approx((0.490162, 0.943318), abs=1e-5)
    assert np.isnan(fidelity.wilson(0, 0)).all()
