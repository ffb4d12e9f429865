import numpy as np
import pytest

from kilnmix.curation.copies import calibration


def test_the_order_statistic_by_hand() -> None:
    scores = np.arange(1, 100) / 100  # 0.01 .. 0.99
    # ceil(100 * 0.9) = 90th of 99.
    assert calibration.threshold(scores, 0.1, 0.0) == pytest.approx(0.90)
    assert calibration.threshold(scores, 0.001, 0.0) == pytest.approx(0.99)
    assert calibration.threshold(scores, 0.1, 0.95) == 0.95
    assert calibration.threshold(np.empty(0), 0.1, 0.5) == 0.5
    assert calibration.exceeded(99, 0.001) == pytest.approx(0.01)
    assert calibration.exceeded(99, 0.1) == 0.1


def test_new_scores_exceed_it_as_often_as_is_stated() -> None:
    rng = np.random.default_rng(0)
    over = [(rng.random() > calibration.threshold(rng.random(59), 0.05, 0.0)) for _ in range(4000)]
    assert np.mean(over) == pytest.approx(0.05, abs=0.01)


def test_more_than_chance() -> None:
    # Of 100 images at a rate of 0.01: P(at least 4) = 0.018, P(at least 5) = 0.003.
    assert not calibration.more_than_chance(4, 100, 0.01)
    assert calibration.more_than_chance(5, 100, 0.01)
    assert not calibration.more_than_chance(0, 100, 0.0)
