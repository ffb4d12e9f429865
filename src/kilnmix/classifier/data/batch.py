"""What an optimiser step gets."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from torch import Tensor

from kilnmix.classifier.data.mixup import Blend


class Batch(TypedDict):
    """One step's images: pixels (B, S, S, 3) uint8, labels (B, T) int64 with -1 masked, weights (B,) float32.

    Where a run has soft labels, soft (B, sum of classes) float32: the share of every class in each label, tasks side by
    side; those of a masked label do not count.
    """

    pixels: Tensor
    labels: Tensor
    weights: Tensor
    blend: NotRequired[Blend]
    soft: NotRequired[Tensor]
