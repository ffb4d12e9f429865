import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from kilnmix.classifier.training import regression
from kilnmix.classifier.training.regression import logistic_regression


def _data(examples, numbers, classes=3):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(examples, numbers))
    y = (x[:, :classes] + generator.normal(size=(examples, classes))).argmax(1)
    return x, y, generator.uniform(0.2, 2, examples)


def _ours(x, y, w, offset=(0.0, 0.0, 0.0), penalty=0.01):
    slopes, intercepts = logistic_regression(
        torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(w), torch.tensor(offset), penalty
    )
    return slopes.numpy(), intercepts.numpy()


@pytest.mark.parametrize(("examples", "numbers"), [(200, 6), (30, 80)])
def test_the_optimum_that_scikit_learn_finds(examples, numbers):
    x, y, w = _data(examples, numbers)
    # Theirs is C sum_i w_i ce_i + |B|^2 / 2.
    theirs = LogisticRegression(C=1 / (0.01 * w.sum()), tol=1e-9, max_iter=5000).fit(x, y, w)
    slopes, intercepts = _ours(x, y, w)
    np.testing.assert_allclose(slopes, theirs.coef_, atol=2e-4)
    np.testing.assert_allclose(intercepts - intercepts.mean(), theirs.intercept_ - theirs.intercept_.mean(), atol=1e-3)


def test_both_ways_give_the_same(monkeypatch):
    x, y, w = _data(30, 80)
    few = _ours(x, y, w)
    monkeypatch.setattr(regression, "_MOST_PRODUCTS", 0)
    for ours, others in zip(_ours(x, y, w), few, strict=True):
        np.testing.assert_allclose(ours, others, atol=1e-3)


def test_the_offset_counts_while_fitting_only():
    # Nothing but a constant to learn from: 30 of one class, 10 of the other. With the log prior as offset the answers
    # are even, because the prior explains all; without, their logits differ by ln 3.
    x, y, w = np.zeros((40, 2)), np.array([0] * 30 + [1] * 10), np.ones(40)
    _, even = _ours(x, y, w, (float(np.log(0.75)), float(np.log(0.25))))
    _, own = _ours(x, y, w, (0.0, 0.0))
    assert even[0] - even[1] == pytest.approx(0, abs=1e-4)
    assert own[0] - own[1] == pytest.approx(np.log(3), abs=1e-4)


def test_an_example_twice_as_heavy_is_one_that_stands_twice():
    x, y, _ = _data(20, 4)
    heavy = np.where(np.arange(20) < 5, 2.0, 1.0)
    twice = np.concatenate([np.arange(20), np.arange(5)])
    for ours, others in zip(_ours(x, y, heavy), _ours(x[twice], y[twice], np.ones(25)), strict=True):
        np.testing.assert_allclose(ours, others, atol=1e-5)


def test_a_class_that_takes_no_part_and_examples_of_no_weight():
    x, y, w = _data(20, 4, classes=2)
    slopes, intercepts = _ours(x, y, w, (0.0, 0.0, -np.inf))
    assert (slopes[2] == 0).all()
    assert intercepts[2] == 0
    for ours, others in zip(_ours(x, y, w, (0.0, 0.0)), (slopes[:2], intercepts[:2]), strict=True):
        np.testing.assert_allclose(ours, others, atol=1e-5)
    slopes, intercepts = _ours(x, y, np.zeros(20), (0.0, 0.0))
    assert not slopes.any()
    assert not intercepts.any()
