"""How the tasks' losses become a total: each way a module with the same call.

total = weighting(losses, known)      losses (T,), known (T,) bool: whether the batch had a label for the task
weighting.stepped(again)              after the optimiser step; `again()` gives the losses anew on the same batch
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kilnmix.classifier.training.weighting.dwa import DynamicAverage
from kilnmix.classifier.training.weighting.famo import Famo
from kilnmix.classifier.training.weighting.static import Static
from kilnmix.classifier.training.weighting.uncertainty import Uncertainty

Weighting = Static | Uncertainty | DynamicAverage | Famo


Name = Literal["static", "uncertainty", "dwa", "famo"]


def weighting(name: Name, weights: Sequence[float], window: int) -> Weighting:
    """A way of weighting by name.

    Args:
        weights: fixed factors of the tasks' losses, which every way keeps.
        window: optimiser steps over which `dwa` averages; an epoch's in the paper.
    """
    if name == "uncertainty":
        return Uncertainty(weights)
    if name == "dwa":
        return DynamicAverage(weights, window)
    if name == "famo":
        return Famo(weights)
    return Static(weights)
