"""Second moments of a block's features over a picture: what glaze, ornament and outline look like to a network."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Covariance(nn.Module):
    """Signed square roots of the second moments of a block's principal components, over the places of a picture.

    Second moments of features are how textures are described (Gatys et al. 2015, 1505.07376) and fine differences told
    apart (Lin et al. 2015, 1504.07889, which has the roots: without them the strongest pair outweighs the rest).

    Args:
        channels: C of the block.
        rank: how many principal components are kept, d = min(rank, C).
    """

    centre: Tensor
    axes: Tensor
    pairs: Tensor

    def __init__(self, channels: int, rank: int) -> None:
        super().__init__()
        self.rank = min(rank, channels)
        self.register_buffer("centre", torch.zeros(channels))
        self.register_buffer("axes", torch.eye(channels)[:, : self.rank].clone())
        self.register_buffer("pairs", torch.triu_indices(self.rank, self.rank), persistent=False)

    @property
    def width(self) -> int:
        """Numbers a picture: d (d + 1) / 2."""
        return self.rank * (self.rank + 1) // 2

    @torch.no_grad()
    def fit(self, count: int, total: Tensor, products: Tensor) -> None:
        """Takes centre and axes from the features of some pictures.

        Args:
            count: vectors of features, n; total: (C,) float64, their sum; products: (C, C) float64, the sum of x x^T.
        """
        mean = total / count
        _, vectors = torch.linalg.eigh(products / count - torch.outer(mean, mean))
        self.centre.copy_(mean)
        # Strongest first; which way an axis points is nobody's decision, so its largest entry is made positive.
        axes = vectors.flip(1)[:, : self.rank]
        signs = axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
        self.axes.copy_(axes * signs)

    def forward(self, flat: Tensor) -> Tensor:
        """(B, h w, C) float32 -> (B, d (d + 1) / 2)."""
        components = F.linear(flat, self.axes.T, -(self.centre @ self.axes))
        moments = components.transpose(1, 2) @ components / flat.shape[1]
        first, second = self.pairs.unbind()
        upper = moments[:, first, second]
        return upper.sign() * upper.abs().sqrt()
