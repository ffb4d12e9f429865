"""The trained weights: kept in float32, used in the precision of the base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import nn


class TrainedWeights:
    """The parameters that learn, in float32, and the copies that the network computes with.

    In a base of bfloat16 an adapter of bfloat16 would lose small updates, and one of float32 makes peft cast every
    activation to float32 and back. So the network holds copies in the base's precision, and the optimiser float32.

    Attributes:
        used: the network's own parameters.
        masters: what the optimiser changes; the same objects as `used` in a base of float32.
    """

    def __init__(self, modules: Iterable[nn.Module], dtype: torch.dtype):
        self.used = [weight for module in modules for weight in module.parameters() if weight.requires_grad]
        if dtype == torch.float32:
            for weight in self.used:
                weight.data = weight.data.float()
            self.masters = self.used
        else:
            self.masters = [nn.Parameter(weight.detach().float().clone()) for weight in self.used]
            for weight in self.used:
                weight.data = weight.data.to(dtype)

    @property
    def shared(self) -> bool:
        return self.masters is self.used

    def keep_gradients(self) -> None:
        """Gives every weight a gradient of zeros that stays where it is, as a captured graph needs."""
        for weight in {id(weight): weight for weight in (*self.used, *self.masters)}.values():
            weight.grad = torch.zeros_like(weight)

    def gather_gradients(self) -> None:
        """The copies' gradients, in float32, become the masters'."""
        if self.shared:
            return
        for used, master in zip(self.used, self.masters, strict=True):
            if master.grad is None:
                master.grad = torch.zeros_like(master)
            if used.grad is not None:
                master.grad.copy_(used.grad)

    def spread(self) -> None:
        """The copies become the masters, rounded."""
        if not self.shared:
            with torch.no_grad():
                torch._foreach_copy_([*self.used], [*self.masters])

    def finish(self) -> None:
        """The network's own parameters become the masters, in float32, so that they are saved unrounded."""
        for used, master in zip(self.used, self.masters, strict=True):
            used.data = master.data
            used.grad = None

    def state(self) -> list[torch.Tensor]:
        return [weight.detach().cpu().clone() for weight in self.masters]

    def put(self, weights: Sequence[torch.Tensor]) -> None:
        """Gives the weights these values."""
        with torch.no_grad():
            for master, value in zip(self.masters, weights, strict=True):
                master.copy_(value)
        self.spread()
