"""Whether two small grey pictures are one picture that was cropped, rescaled or recompressed. Pure.

The second picture is laid on the first by Gauss-Newton steps on their difference (Lucas and Kanade 1981), with a scale
and a shift along each axis, which is what cropping and resizing do. Then their fine detail is correlated: in two
photographs of like things the outline agrees, in two copies of one photograph the detail does.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

COARSE, FINE = 4, 3
"""Steps on pictures of half the side, then on whole ones."""
LARGEST = 0.15
"""Largest shift and change of scale, as shares of half the side."""
DETAIL = 3.0
"""Pixels: what is blurred away by this much is not detail."""


def detail(grey: np.ndarray) -> np.ndarray:
    """(P, S, S) float32: what a blur takes away from pictures (P, S, S)."""
    grey = np.asarray(grey, np.float32)
    blur = _blur(grey.shape[1])
    return grey - blur @ grey @ blur.T


@lru_cache(maxsize=4)
def _blur(side: int) -> np.ndarray:
    """(S, S) float32 that blurs a column of S pixels; a product of matrices takes a third of a filter's time."""
    return gaussian_filter1d(np.eye(side), DETAIL, axis=0, mode="nearest").astype(np.float32)


def correlation(first: np.ndarray, second: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """(P,) weighted Pearson correlation of pictures (P, S, S), 0 where one is blank."""
    weight = np.ones_like(first) if weight is None else weight
    total = np.maximum(weight.sum((1, 2)), 1e-6)
    a = (first - ((first * weight).sum((1, 2)) / total)[:, None, None]) * np.sqrt(weight)
    b = (second - ((second * weight).sum((1, 2)) / total)[:, None, None]) * np.sqrt(weight)
    length = np.sqrt((a * a).sum((1, 2)) * (b * b).sum((1, 2)))
    return np.divide((a * b).sum((1, 2)), length, out=np.zeros(len(a), np.float32), where=length > 1e-3)


def align(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(P, 4) float32 (scale x, shift x, scale y, shift y) by which second pictures (P, S, S) are laid on the first.

    The picture's middle is 0 and its edges are -1 and 1; a point x of the first lies at (1 + scale) x + shift of the
    second. Coarse steps on a quarter of the pixels come before fine ones.
    """
    placed = np.zeros((len(first), 4), np.float32)
    for a, b, steps in ((halved(first), halved(second), COARSE), (first, second, FINE)):
        a = _standard(a)
        for _ in range(steps):
            placed += _step(a, b, placed)
            np.clip(placed, -LARGEST, LARGEST, out=placed)
    return placed


def _step(first: np.ndarray, second: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """(P, 4) what one Gauss-Newton step adds; pictures (P, S, S), the first standardised."""
    side = first.shape[1]
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    moved, inside = warp(second, placed)
    moved = _standard(moved)
    down, right = np.gradient(moved, 2 / (side - 1), axis=(1, 2))
    down, right = down * inside, right * inside
    slopes = np.stack([right * axis, right, down * axis[:, None], down], axis=1)
    inner = slice(side // 16, side - side // 16)
    j = slopes[:, :, inner, inner].reshape(len(first), 4, -1)
    rest = (first - moved)[:, inner, inner].reshape(len(first), -1, 1)
    normal = j @ j.transpose(0, 2, 1) + 1e-2 * np.eye(4, dtype=np.float32)
    return np.linalg.solve(normal, j @ rest)[..., 0]


def warp(pictures: np.ndarray, placed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (P, S, S) sampled bilinearly where `align` places them, and (P, S, S) 1 where that is inside them."""
    side = pictures.shape[1]
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    across = ((1 + placed[:, 0:1]) * axis + placed[:, 1:2] + 1) * (side - 1) / 2
    along = ((1 + placed[:, 2:3]) * axis + placed[:, 3:4] + 1) * (side - 1) / 2
    x, in_x = _between(across, side)
    y, in_y = _between(along, side)
    moved = y @ np.asarray(pictures, np.float32) @ x.transpose(0, 2, 1)
    return moved, in_y[:, :, None] * in_x[:, None, :]


def _between(place: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """(P, S, S) what each pixel counts at each of (P, S) places along an axis, and (P, S) 1 where that is inside."""
    inside = ((place >= 0) & (place <= side - 1)).astype(np.float32)
    held = np.clip(place, 0, side - 1)
    before = np.minimum(held.astype(np.int64), side - 2)
    on = (held - before).astype(np.float32)
    weights = np.zeros((*place.shape, side), np.float32)
    np.put_along_axis(weights, before[..., None], 1 - on[..., None], axis=2)
    np.put_along_axis(weights, before[..., None] + 1, on[..., None], axis=2)
    return weights, inside


def _standard(pictures: np.ndarray) -> np.ndarray:
    """Pictures (P, S, S) with mean 0 and standard deviation 1."""
    pictures = np.asarray(pictures, np.float32)
    pictures = pictures - pictures.mean((1, 2), keepdims=True)
    return pictures / np.maximum(pictures.std((1, 2), keepdims=True), 1e-3)


def same_picture(first: np.ndarray, second: np.ndarray, enough: float) -> np.ndarray:
    """(P,) correlation of the fine detail of pictures (P, S, S) uint8, the second laid on the first where that helps.

    Args:
        enough: pairs whose detail correlates so well as they are, are left as they are.
    """
    details = detail(first)
    found = correlation(details, detail(second))
    rest = np.flatnonzero(found < enough)
    if len(rest):
        placed = align(halved(first[rest]), halved(second[rest]))
        moved, inside = warp(second[rest], placed)
        found[rest] = np.maximum(found[rest], correlation(details[rest], detail(moved), inside))
    return found


def halved(pictures: np.ndarray) -> np.ndarray:
    """(P, S/2, S/2) float32 means of two by two pixels."""
    pictures = np.asarray(pictures, np.float32)
    rows = pictures[:, 0::2] + pictures[:, 1::2]
    return (rows[:, :, 0::2] + rows[:, :, 1::2]) / 4
