"""FAMO by hand."""

import math

import pytest
import torch

from kilnmix.classifier.training.weighting.famo import Famo

BOTH = torch.tensor([True, True])


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
