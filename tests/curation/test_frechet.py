import numpy as np
import pytest
from scipy.linalg import sqrtm

from kilnmix.curation.frechet import distance


def test_of_one_feature_it_is_that_of_two_normal_distributions() -> None:
    # Means 1 and 4, deviations 1 and 3 (with n - 1): (1 - 4)^2 + (1 - 3)^2.
    ours, theirs = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [4.0], [7.0]])
    assert distance(ours, theirs) == pytest.approx(13.0)
    assert distance(ours, ours) == pytest.approx(0.0, abs=1e-9)


def test_it_agrees_with_the_root_of_the_product() -> None:
    rng = np.random.default_rng(1)
    ours, theirs = rng.normal(size=(40, 6)), rng.normal(size=(50, 6)) @ rng.normal(size=(6, 6)) + 1
    one, other = np.cov(ours.T), np.cov(theirs.T)
    apart = ours.mean(axis=0) - theirs.mean(axis=0)
    root = np.real(sqrtm(one @ other))
    assert distance(ours, theirs) == pytest.approx(apart @ apart + np.trace(one + other - 2 * root))


def test_features_that_are_not_finite_have_no_distance() -> None:
    ours = np.array([[0.0, 1.0], [np.nan, 2.0], [1.0, 1.0]])
    assert np.isnan(distance(ours, np.eye(2))) and np.isnan(distance(np.eye(2), np.where(np.isnan(ours), np.inf, ours)))


def test_fewer_images_than_features() -> None:
    rng = np.random.default_rng(2)
    assert distance(rng.normal(size=(5, 20)), rng.normal(size=(4, 20))) > 0
