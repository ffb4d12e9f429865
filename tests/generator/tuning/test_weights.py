"""Weights in float32 beside the copies that the network computes with."""

import torch
from torch import nn

from kilnmix.generator.tuning.weights import TrainedWeights


def network() -> nn.Sequential:
    made = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Linear(1, 1, bias=False))
    made[0].weight.data.fill_(1.0)
    made[1].requires_grad_(False)
    return made


def test_in_float32_masters_and_copies_are_the_same() -> None:
    made = network()
    weights = TrainedWeights([made], torch.float32)
    assert weights.shared and len(weights.used) == 1 and weights.used[0] is made[0].weight
    weights.put([torch.tensor([[2.0, 3.0]])])
    assert made[0].weight.tolist() == [[2.0, 3.0]]


def test_small_updates_are_not_lost_in_bfloat16() -> None:
    made = network()
    weights = TrainedWeights([made], torch.bfloat16)
    assert not weights.shared and made[0].weight.dtype == torch.bfloat16
    made[0].weight.grad = torch.tensor([[0.5, -0.5]], dtype=torch.bfloat16)
    weights.gather_gradients()
    (master,) = weights.masters
    assert master.grad is not None and master.grad.tolist() == [[0.5, -0.5]]
    for _ in range(4):  # each a quarter of what bfloat16 tells from 1
        master.data.sub_(2**-10 * torch.sign(master.grad))
        weights.spread()
    assert master.tolist() == [[1 - 2**-8, 1 + 2**-8]]
    assert made[0].weight.tolist() == [[1 - 2**-8, 1.0]]  # rounded to even above 1
    weights.finish()
    assert made[0].weight.dtype == torch.float32 and made[0].weight.tolist() == [[1 - 2**-8, 1 + 2**-8]]


def test_gradients_that_stay_where_they_are() -> None:
    weights = TrainedWeights([network()], torch.bfloat16)
    weights.keep_gradients()
    place = weights.used[0].grad
    assert place is not None and not place.any()
    place.fill_(1.0)
    weights.gather_gradients()
    assert weights.masters[0].grad is not None and weights.masters[0].grad.tolist() == [[1.0, 1.0]]


def test_a_state_is_a_copy() -> None:
    weights = TrainedWeights([network()], torch.float32)
    (state,) = weights.state()
    weights.put([torch.zeros(1, 2)])
    assert state.tolist() == [[1.0, 1.0]] and not state.requires_grad
