import copy

import pytest
import torch
from torch import nn

from kilnmix.classifier.training.ema import Average, reestimate_norms


def test_average_by_hand():
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    shadow = copy.deepcopy(network)
    average = Average(network, shadow, decay=0.15)
    # Decays: min(0.15, 1/10) = 0.1, then min(0.15, 2/11) = 0.15.
    nn.init.ones_(network.weight)
    average.update()
    assert shadow.weight.item() == pytest.approx(0.9)
    nn.init.zeros_(network.weight)
    average.update()
    assert shadow.weight.item() == pytest.approx(0.9 * 0.15)


def test_without_decay_the_average_is_the_network():
    network = nn.Linear(2, 2)
    shadow = nn.Linear(2, 2)
    Average(network, shadow, decay=0.0).update()
    assert torch.equal(shadow.weight, network.weight)


def test_norms_get_the_mean_of_their_batches():
    network = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout(0.5)).eval()
    network[0].running_mean.fill_(99.0)
    first, second = torch.zeros(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    first[0], second[0] = 4.0, 8.0
    reestimate_norms(network, [first, second])
    assert network[0].running_mean.item() == pytest.approx((2.0 + 4.0) / 2)
    # Unbiased variances of eight values, half of them 0: 4 * 8/7 and 16 * 8/7.
    assert network[0].running_var.item() == pytest.approx((4 + 16) / 2 * 8 / 7)
    assert network[0].momentum == 0.1
    assert not network.training


def test_norms_of_a_spared_part_stay():
    network = nn.Sequential(nn.Sequential(nn.BatchNorm2d(1, eps=0.0)), nn.BatchNorm2d(1))
    network[0][0].running_mean.fill_(3.0)
    x = torch.zeros(2, 1, 2, 2)
    x[0] = 4.0
    reestimate_norms(network, [x], spared=network[0])
    assert (network[0][0].running_mean.item(), network[0][0].running_var.item()) == (3.0, 1.0)
    # The second norm sees 4 - 3 and 0 - 3, as at prediction.
    assert network[1].running_mean.item() == pytest.approx((1 - 3) / 2)
