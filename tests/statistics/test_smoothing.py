import numpy as np
import pytest

from kilnmix.statistics.smoothing import smoothed


def test_neighbours_count_by_a_gaussian_of_their_distance() -> None:
    points, values = np.array([[0.0, 0.0], [0.3, 0.4]]), np.array([1.0, 3.0])
    # A place on the first point, half a unit from the second: with a bandwidth of 0.5 the weights are 1 and e^-0.5.
    weight = np.exp(-0.5)
    (at_first,) = smoothed(points, values, np.array([[0.0, 0.0]]), bandwidth=0.5)
    assert at_first == pytest.approx((1 + 3 * weight) / (1 + weight))
    (between,) = smoothed(points, values, np.array([[0.15, 0.2]]), bandwidth=0.5)
    assert between == pytest.approx(2.0)


def test_far_from_all_points_nothing_is_said() -> None:
    points, values = np.array([[0.0, 0.0]]), np.array([0.7])
    near, far = smoothed(points, values, np.array([[0.19, 0.0], [0.21, 0.0]]), bandwidth=0.1)
    assert near == pytest.approx(0.7)
    assert np.isnan(far), "more than two bandwidths away"
