"""Depthwise convolutions that learn quickly where the kernel is larger than the map.

There oneDNN takes a slow path for the gradient of the weights: with 5 x 5 kernels over 4 x 4 and 2 x 2 maps, which is
most of MobileNetV3 at 64 pixels, that gradient alone is half of a training step on a CPU.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

_LARGEST = 64
"""Places of a map up to which its own way is the shorter one."""


class DepthwiseConvolution(nn.Conv2d):
    """A depthwise `nn.Conv2d` with its own gradient of the weights, once differentiable, in training on a CPU."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C, h', w')."""
        reached = any(length < reach for length, reach in zip(x.shape[-2:], self.kernel_size, strict=True))
        small = x.ndim == 4 and reached and x.shape[-2] * x.shape[-1] <= _LARGEST
        plain = x.device.type != "cpu" or x.dtype != torch.float32 or torch.is_autocast_enabled("cpu")
        if plain or not small or not self.training or not torch.is_grad_enabled() or not self.weight.requires_grad:
            return super().forward(x)
        out: Tensor = _Convolve.apply(x, self.weight, self.stride, self.padding)
        return out if self.bias is None else out + self.bias.view(-1, 1, 1)


def quicken(body: nn.Module) -> None:
    """Makes every depthwise convolution within a `DepthwiseConvolution`; its weights and names stay."""
    for part in body.modules():
        if (
            type(part) is nn.Conv2d
            and part.groups == part.in_channels == part.out_channels > 1
            and part.dilation == (1, 1)
            and part.padding_mode == "zeros"
            and not isinstance(part.padding, str)
        ):
            part.__class__ = DepthwiseConvolution


def weight_gradient(
    x: Tensor, gradient: Tensor, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> Tensor:
    """The gradient of a depthwise convolution's weights, (C, 1, k, k').

    A channel's products of every place of the map with every place of the result, summed over the batch, are one small
    matrix; each of its entries belongs to one weight or, beyond the kernel's reach, to none.

    Args:
        x: (B, C, h, w).
        gradient: (B, C, h', w') of the result.
    """
    batch, channels, height, width = x.shape
    places = gradient.shape[2] * gradient.shape[3]
    before = x.contiguous().view(batch, channels, height * width).permute(1, 2, 0)
    after = gradient.contiguous().view(batch, channels, places).permute(1, 0, 2)
    owners = _owners((height, width), (gradient.shape[2], gradient.shape[3]), kernel, stride, padding)
    return (torch.bmm(before, after).view(channels, -1) @ owners.to(x)).view(channels, 1, *kernel)


@lru_cache(maxsize=64)
def _owners(
    of: tuple[int, int], to: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> Tensor:
    """(h w h' w', k k') of ones and zeros: which weight takes a place of the map to a place of the result."""
    by_axis = []
    for before, after, reach, step, margin in zip(of, to, kernel, stride, padding, strict=True):
        weight = torch.arange(before)[:, None] - step * torch.arange(after)[None, :] + margin
        by_axis.append((weight[..., None] == torch.arange(reach)).float())
    down, across = by_axis
    return torch.einsum("aik,bjl->abijkl", down, across).reshape(-1, kernel[0] * kernel[1])


class _Convolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return functional.conv2d(x, weight, None, stride, padding, 1, weight.shape[0])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        of_x = of_weight = None
        if ctx.needs_input_grad[0]:
            of_x = torch.ops.aten.convolution_backward(
                gradient, x, weight, None, ctx.stride, ctx.padding, (1, 1), False, (0, 0), len(weight),
                (True, False, False),
            )[0]  # fmt: skip
        if ctx.needs_input_grad[1]:
            of_weight = weight_gradient(x, gradient, tuple(weight.shape[2:]), ctx.stride, ctx.padding)
        return of_x, of_weight, None, None
