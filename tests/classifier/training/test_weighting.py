import math

import pytest
import torch

from kilnmix.classifier.training.weighting import weighting
from kilnmix.classifier.training.weighting.dwa import DynamicAverage
from kilnmix.classifier.training.weighting.famo import Famo
from kilnmix.classifier.training.weighting.uncertainty import Uncertainty

BOTH = torch.tensor([True, True])


def test_static_is_the_weighted_sum():
    assert weighting("static", [1.0, 3.0], 1)(torch.tensor([2.0, 5.0]), BOTH).item() == 17.0


def test_uncertainty_by_hand():
    ways = Uncertainty([1.0, 1.0])
    with torch.no_grad():
        ways.log_variances.copy_(torch.tensor([0.0, math.log(4.0)]))
    losses = torch.tensor([2.0, 8.0])
    assert ways(losses, BOTH).item() == pytest.approx(2 + 8 / 4 + math.log(4) / 2)
    total = ways(losses, torch.tensor([True, False]))
    total.backward()
    assert total.item() == pytest.approx(2.0)
    # d/ds (exp(-s) L + s/2) = 1/2 - L at s = 0; the task without labels does not move.
    assert ways.log_variances.grad.tolist() == pytest.approx([0.5 - 2.0, 0.0])


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


def test_famo_by_hand():
    ways = Famo([1.0, 1.0], rate=0.1, decay=0.0)
    losses = torch.tensor([2.0, 4.0], requires_grad=True)
    total = ways(losses, BOTH)
    # z = 1/2 each: c = 1 / (1/4 + 1/8) = 8/3; the gradient of task t is c z / L_t, which sums to one.
    assert total.item() == pytest.approx(8 / 3 * (math.log(2) + math.log(4)) / 2)
    total.backward()
    assert losses.grad.tolist() == pytest.approx([2 / 3, 1 / 3])
    # The first task's loss is halved, the second's stays: Adam's first step is the rate against the gradient's sign.
    ways.stepped(lambda: torch.tensor([1.0, 4.0]))
    assert ways.xi.tolist() == pytest.approx([-0.1, 0.1], rel=1e-5)


def test_famo_leaves_out_a_task_without_labels():
    ways = Famo([1.0, 1.0])
    losses = torch.tensor([2.0, 0.0], requires_grad=True)
    ways(losses, torch.tensor([True, False])).backward()
    assert losses.grad.tolist() == pytest.approx([1.0, 0.0])
