import numpy as np
import pytest

from kilnmix.statistics.conformal import sets, threshold


def test_the_quantile_allows_for_the_object_to_come() -> None:
    # Nine objects, 20 %: the score of rank (9 + 1) 0.8 = 8.
    scores = np.array([0.9, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    assert threshold(scores, np.arange(9), 0.2) == 0.8
    assert threshold(scores, np.arange(9), 0.1) == 0.9
    # The tenth rank of nine objects there is not.
    assert threshold(scores, np.arange(9), 0.05) == np.inf
    assert threshold(np.array([]), np.array([]), 0.1) == np.inf


def test_photographs_of_one_object_share_its_weight() -> None:
    # Object 0 has three photographs of score 0.9: a third each. Ranks are 1, 2, 3, 3.33, 3.67, 4 of four objects.
    scores, objects = np.array([0.9, 0.9, 0.9, 0.1, 0.2, 0.3]), np.array([0, 0, 0, 1, 2, 3])
    assert threshold(scores, objects, 0.4) == 0.3
    assert threshold(scores, objects, 0.35) == 0.9


def test_a_set_holds_every_class_that_is_likely_enough() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25]])
    assert sets(probabilities, 0.7).tolist() == [[True, False, False], [True, True, False]]
    assert sets(probabilities, np.inf).all()
    assert not sets(probabilities, 0.2).any()


def test_sets_cover_as_often_as_they_say() -> None:
    # Scores of new objects are drawn as those of the calibration were: coverage is 90 % within four standard errors.
    rng = np.random.default_rng(0)
    covered = [rng.random() <= threshold(rng.random(60), np.arange(60), 0.1) for _ in range(4000)]
    assert np.mean(covered) == pytest.approx(55 / 61, abs=4 * np.sqrt(0.09 / 4000))


@pytest.mark.parametrize("error", [0.0, 1.0, -0.1])
def test_an_error_that_is_none_is_refused(error: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        threshold(np.array([0.5]), np.array([0]), error)
