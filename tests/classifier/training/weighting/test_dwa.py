"""Dynamic weight average by hand."""

import math

import pytest
import torch

from kilnmix.classifier.training.weighting.dwa import DynamicAverage

BOTH = torch.tensor([True, True])


def test_dwa_by_hand():
    ways = DynamicAverage([1.0, 1.0], window=2)
    for losses in ([4.0, 2.0], [2.0, 2.0]):
        ways(torch.tensor(losses), BOTH)
    assert ways.factors.tolist() == [1.0, 1.0]
    for losses in ([1.0, 2.0], [2.0, 2.0]):
        ways(torch.tensor(losses), BOTH)
    # Means 3 then 1.5, and 2 then 2: ratios 0.5 and 1, over the temperature 2.
    first, second = math.exp(0.25), math.exp(0.5)
    expected = [2 * first / (first + second), 2 * second / (first + second)]
    assert ways.factors.tolist() == pytest.approx(expected)
    assert ways(torch.tensor([1.0, 1.0]), BOTH).item() == pytest.approx(2.0)


def test_dwa_keeps_the_mean_of_a_task_that_had_no_label():
    ways = DynamicAverage([1.0, 1.0], window=1)
    ways(torch.tensor([3.0, 2.0]), BOTH)
    ways(torch.tensor([3.0, 0.0]), torch.tensor([True, False]))
    assert ways.factors.tolist() == pytest.approx([1.0, 1.0])


def test_dwa_does_not_take_a_tasks_first_labels_for_a_rise():
    ways = DynamicAverage([1.0, 1.0], window=1)
    ways(torch.tensor([4.0, 0.0]), torch.tensor([True, False]))
    ways(torch.tensor([2.0, 3.0]), BOTH)
    # Ratios 1/2 and, without anything to compare with, 1, over the temperature 2.
    first, second = math.exp(0.25), math.exp(0.5)
    expected = [2 * first / (first + second), 2 * second / (first + second)]
    assert ways.factors.tolist() == pytest.approx(expected)
    ways(torch.tensor([2.0, 1.5]), BOTH)
    # From the next window on it is compared: ratios 1 and 1/2.
    assert ways.factors.tolist() == pytest.approx(expected[::-1])
