"""An exponential moving average of a network's weights."""

from __future__ import annotations

import torch
from torch import nn

from kilnmix.common.schedules import average_decay


class Average:
    """Averaged copy of a network's parameters, brought up to date after every step; its decay is `average_decay`'s.

    Args:
        network: whose parameters are averaged.
        shadow: a network of the same form that holds the average.
        decay: a step's final decay; 0 keeps the parameters themselves.
        steps: how many steps `shadow` holds already.
    """

    def __init__(self, network: nn.Module, shadow: nn.Module, decay: float, steps: int = 0) -> None:
        self.decay = decay
        self._live = [parameter.data for parameter in network.parameters()]
        self._mean = [parameter.data for parameter in shadow.parameters()]
        self._steps = steps

    @torch.no_grad()
    def update(self) -> None:
        decay = average_decay(self._steps, self.decay)
        torch._foreach_lerp_(self._mean, self._live, 1.0 - decay)
        self._steps += 1


@torch.no_grad()
def reestimate_norms(network: nn.Module, batches: list[torch.Tensor], spared: nn.Module | None = None) -> None:
    """Sets every batch norm's running mean and variance to their plain averages over `batches` (normalised images).

    Training mixes photographs with synthetic images in a batch, and averaged weights never saw any; so the statistics
    that count at prediction are taken from photographs alone (as in Izmailov et al. 2018, 1803.05407, section 3.2).

    Args:
        spared: a part of the network whose norms keep what they have, because it learnt nothing: what stands behind it
            was fitted to the features that those statistics give.
    """
    kept = set(spared.modules()) if spared is not None else set()
    norms = [
        module
        for module in network.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module not in kept
    ]
    if not norms or not batches:
        return
    momenta = [norm.momentum for norm in norms]
    training = network.training
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for batch in batches:
        network(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.train(training)
