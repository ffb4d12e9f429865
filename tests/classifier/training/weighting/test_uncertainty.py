"""Weights from learned noise, by hand."""

import math

import pytest
import torch

from kilnmix.classifier.training.weighting.uncertainty import Uncertainty

BOTH = torch.tensor([True, True])


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
