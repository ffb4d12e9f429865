"""The policies of `augment` on whole batches, on the GPU that holds the pictures: crop, flip, turn, colour, holes.

What is drawn for an image follows from (seed, step, slot) as on the CPU; the numbers differ from albumentations', the
ranges are the same. One affine resampling does crop, flip and turn. Hue and blur are left to the CPU's version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from kilnmix.classifier.data import gpu_memory
from kilnmix.classifier.data.augment import STRENGTHS, Policy
from kilnmix.classifier.data.batch import Batch
from kilnmix.classifier.data.mixup import Blend
from kilnmix.classifier.data.resize import resized
from kilnmix.classifier.data.slots import Step
from kilnmix.common import seeds

_NUMBERS = 21


def draws(name: Policy, seed: int, step: int, kind: str, count: int) -> dict[str, np.ndarray]:
    """What happens to the images in the first `count` slots of a kind, `real` or `extra`, at a step.

    Returns:
        float32 arrays: `affine` (count, 2, 3), from output to input coordinates in [-1, 1]; (count,) each: `light`, a
        factor of lightness, `shift`, an added one (1 is white), `gain`, a factor of contrast about black (`pivot` 0) or
        the picture's mean grey (`pivot` 1), and `colour`, a factor of saturation; `holes` (count, 2, 4) top, bottom,
        left, right as shares of the side, empty where top is not below bottom.
    """
    ones, zeros = np.ones(count), np.zeros(count)
    if name == "none":
        whole = np.tile([[[1.0, 0, 0], [0, 1.0, 0]]], (count, 1, 1))
        unturned = {"light": ones, "shift": zeros, "gain": ones, "pivot": zeros, "colour": ones}
        return _float32(affine=whole, holes=np.zeros((count, 2, 4)), **unturned)
    much = STRENGTHS[name]
    # Row by row, so that the first slots get the same however many there are. The purpose is part of the results.
    u = iter(seeds.rng(seed, "augment together", step, kind).random((count, _NUMBERS)).T)

    def within(low: float, high: float) -> np.ndarray:
        return low + (high - low) * next(u)

    area, ratio = within(*much.area), np.exp(within(*np.log(much.ratio)))
    width, height = np.minimum(1, np.sqrt(area * ratio)), np.minimum(1, np.sqrt(area / ratio))
    across, down = (2 * next(u) - 1) * (1 - width), (2 * next(u) - 1) * (1 - height)
    mirror = np.where(next(u) < 0.5, -1.0, 1.0)
    turn = np.deg2rad(within(-much.turn, much.turn)) * (next(u) < much.turned)
    cosine, sine = np.cos(turn), np.sin(turn)
    rows = np.stack([mirror * width * cosine, -width * sine, across, mirror * height * sine, height * cosine, down], 1)
    jitters = next(u) < much.jitter
    light, contrast, colour = (within(-most, most) * jitters for most in (much.light, much.contrast, much.colour))
    number = (next(u) < much.holed) * (1 + (next(u) < 0.5))
    holes = np.zeros((count, 2, 4))
    for hole in range(2):
        sides = np.stack([within(*much.holes), within(*much.holes)], 1) * (number > hole)[:, None]
        starts = np.stack([next(u), next(u)], 1) * (1 - sides)
        holes[:, hole] = np.stack(
            [starts[:, 0], starts[:, 0] + sides[:, 0], starts[:, 1], starts[:, 1] + sides[:, 1]], 1
        )
    # With colour the CPU's policy has albumentations' ColorJitter, without it its RandomBrightnessContrast.
    factors = (
        {"light": 1 + light, "shift": zeros, "pivot": ones}
        if much.colour
        else {"light": ones, "shift": light, "pivot": zeros}
    )
    return _float32(affine=rows.reshape(-1, 2, 3), gain=1 + contrast, colour=1 + colour, holes=holes, **factors)


def _float32(**arrays: np.ndarray) -> dict[str, np.ndarray]:
    return {key: values.astype(np.float32) for key, values in arrays.items()}


def _grey(x: Tensor) -> Tensor:
    """(B, 3, S, S) -> (B, 1, S, S), by the weights of ITU-R BT.601."""
    return 0.299 * x[:, 0:1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:3]


def augmented(pixels: Tensor, drawn: Mapping[str, Tensor], size: int) -> Tensor:
    """(B, S, S, 3) uint8 -> (B, size, size, 3) uint8 on the same device.

    Args:
        drawn: what `draws` returns, as tensors on the pixels' device.
    """
    x = pixels.permute(0, 3, 1, 2).float() / 255
    grid = F.affine_grid(drawn["affine"], [len(x), 3, size, size], align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    light, shift, gain, pivot, colour = (
        drawn[name].view(-1, 1, 1, 1) for name in ("light", "shift", "gain", "pivot", "colour")
    )
    # ColorJitter's steps come in any order; but for what is cut off at black and white they commute.
    x = (x * light).clamp(0, 1)
    about = pivot * _grey(x).mean(dim=(2, 3), keepdim=True)
    x = (about + (x - about) * gain + shift).clamp(0, 1)
    grey = _grey(x)
    x = grey + (x - grey) * colour
    place = (torch.arange(size, device=x.device) + 0.5) / size
    top, bottom, left, right = drawn["holes"].unbind(2)
    rows = (place >= top[..., None]) & (place < bottom[..., None])
    columns = (place >= left[..., None]) & (place < right[..., None])
    hollow = (rows[:, :, :, None] & columns[:, :, None, :]).any(1)
    x = x.masked_fill(hollow[:, None], 0.0)
    return (x.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)


@dataclass(frozen=True, eq=False)
class Pictures:
    """What slots are filled with.

    Attributes:
        real, extra: (n, S, S, 3) and (m, S', S', 3) uint8; both sides may be larger than what will be asked for.
        labels: (n + m, T) int64, the real pictures' and then the extra ones'.
        weights: (n + m,) float32.
        soft: (n + m, sum of classes) float32 as in `Batch`, or None.
    """

    real: np.ndarray
    extra: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    soft: np.ndarray | None = None


class GpuAugmenter:
    """Pictures, labels and weights that stay on a device, where a batch at a time is picked and augmented.

    Args:
        sizes: the sides in pixels that will be asked for.
    """

    # Eight parameters: what a batch is made of, handed on by the one caller that holds it all.
    def __init__(
        self, policy: Policy, seed: int, pictures: Pictures, sizes: Iterable[int], device: torch.device
    ) -> None:
        self._policy, self._seed, self._device, self._real = policy, seed, device, len(pictures.real)
        self._labels, self._weights = (
            torch.from_numpy(values).to(device) for values in (pictures.labels, pictures.weights)
        )
        self._soft = None if pictures.soft is None else torch.from_numpy(pictures.soft).to(device)
        self._pixels: dict[int, Tensor] = {}
        for size in sizes:
            # The real pictures' side for all, so that theirs do not depend on what stands behind them.
            side = gpu_memory.side(policy, pictures.real.shape[1], size)
            both = [resized(pixels, side) for pixels in (pictures.real, pictures.extra)]
            self._pixels[size] = torch.from_numpy(np.concatenate(both)).to(device)

    def batch(self, number: int, step: Step, size: int, blend: Blend | None = None) -> Batch:
        """The real slots of the step with this number, then its extra slots; pixels of the side `size`."""
        kinds = [draws(self._policy, self._seed, number, "real", len(step.real))]
        if len(step.extra):
            kinds.append(draws(self._policy, self._seed, number, "extra", len(step.extra)))
        arrays = {name: np.concatenate([kind[name] for kind in kinds]) for name in kinds[0]}
        arrays["rows"] = np.concatenate([step.real, self._real + step.extra]).astype(np.int32)
        if blend is not None:
            arrays["partner"] = blend.partner.numpy().astype(np.int32)
        drawn = sent(arrays, self._device)
        rows = drawn["rows"]
        pixels = augmented(self._pixels[size][rows], drawn, size)
        batch = Batch(pixels=pixels, labels=self._labels[rows], weights=self._weights[rows])
        if self._soft is not None:
            batch["soft"] = self._soft[rows]
        if blend is not None:
            batch["blend"] = blend._replace(partner=drawn["partner"])
        return batch


def sent(arrays: Mapping[str, np.ndarray], device: torch.device) -> dict[str, Tensor]:
    """float32 and int32 arrays on a device, the latter as int64, by one copy that nothing waits for."""
    flat = torch.from_numpy(np.concatenate([values.ravel().view(np.int32) for values in arrays.values()]))
    if device.type == "cuda":
        # Only from pinned memory a copy is not waited for; torch gives the memory away again after the copy.
        flat = flat.pin_memory()
    pieces = flat.to(device, non_blocking=True).split([values.size for values in arrays.values()])
    return {
        name: (piece.view(torch.float32) if values.dtype == np.float32 else piece.long()).view(values.shape)
        for (name, values), piece in zip(arrays.items(), pieces, strict=True)
    }
