"""Blending of pairs of images and their labels, where labels may be missing. Pure but for the generator it is handed.

Mixup: Zhang et al. 2018 (1710.09412). CutMix: Yun et al. 2019 (1905.04899). An image keeps the share `kept` of its own
label; its partner's label counts 1 - kept. Each half is masked by itself where that label is not known, so a blend of a
photograph of known glaze with one of unknown glaze still teaches the glaze that is known, with the weight it has.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Blend(NamedTuple):
    """How a batch is blended.

    Attributes:
        partner: (B,) int64, whom each image is blended with: photographs with photographs, extra images with others.
        kept: share of itself that every image keeps.
        box: (top, bottom, left, right) as shares of the side that come from the partner; None: the whole, blended.
    """

    partner: Tensor
    kept: float
    box: tuple[float, float, float, float] | None


def draw(generator: np.random.Generator, real: int, extra: int, how: str, alpha: float) -> Blend:
    """A blend for a batch of `real` photographs and, behind them, `extra` other images; kept ~ Beta(alpha, alpha)."""
    kept = float(generator.beta(alpha, alpha))
    partner = torch.from_numpy(np.concatenate([generator.permutation(real), real + generator.permutation(extra)]))
    if how == "mixup":
        return Blend(partner, kept, None)
    side = np.sqrt(1 - kept)
    row, column = generator.uniform(0, 1, 2)
    top, bottom = np.clip([row - side / 2, row + side / 2], 0, 1)
    left, right = np.clip([column - side / 2, column + side / 2], 0, 1)
    return Blend(partner, kept, (float(top), float(bottom), float(left), float(right)))


def blended(x: Tensor, blend: Blend) -> tuple[Tensor, float]:
    """(B, 3, S, S) normalised images blended, and the share that each kept (the box's exact area for CutMix)."""
    if blend.box is None:
        return torch.lerp(x[blend.partner], x, blend.kept), blend.kept
    side = x.shape[2]
    top, bottom, left, right = (round(edge * side) for edge in blend.box)
    mixed = x.clone()
    mixed[:, :, top:bottom, left:right] = x[blend.partner][:, :, top:bottom, left:right]
    return mixed, 1.0 - (bottom - top) * (right - left) / side**2


def doubled(
    logits: Tensor, labels: Tensor, weights: Tensor, partner: Tensor, kept: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, labels and weights of 2B rows whose masked weighted mean loss is that of the blend."""
    return (
        torch.cat([logits, logits]),
        torch.cat([labels, labels[partner]]),
        torch.cat([kept * weights, (1 - kept) * weights[partner]]),
    )
