"""Copies of photographs among synthetic images: memorised ones, and leaks of validation and test photographs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kilnmix.curation import similarity


@dataclass(frozen=True)
class Copies:
    """Attributes:
    nearest: (m,) int64 position of the nearest training photograph; similarity: (m,) float32 to it.
    memorised: (m,) bool, nearer to a training photograph than different objects are to each other.
    leaked: (m,) bool, nearer to a held-out photograph than the training photographs of other objects are.
    thresholds: of the two, in the scale of `similarity`.
    """

    nearest: np.ndarray
    similarity: np.ndarray
    memorised: np.ndarray
    leaked: np.ndarray
    thresholds: tuple[float, float]


def find(
    pixels: np.ndarray, train: np.ndarray, objects: np.ndarray, held_out: np.ndarray, quantile: float, least: float
) -> Copies:
    """Compares images with the photographs of a fold.

    Args:
        pixels: (m, S, S, 3) uint8 synthetic images.
        train: (n, S', S', 3) uint8 training photographs; objects: (n,) the objects that they show.
        held_out: (k, S', S', 3) uint8 validation and test photographs; k may be 0.
        quantile, least: of `similarity.threshold`.
    """
    ours, ours_mirrored = _pair(pixels)
    known, known_mirrored = _pair(train)
    nearest, close = similarity.nearest(ours, ours_mirrored, known)
    memory = similarity.threshold(similarity.nearest_other_object(known, known_mirrored, objects), quantile, least)
    leaked = np.zeros(len(pixels), bool)
    leak = 1.0
    if len(held_out):
        others = similarity.descriptors(held_out)
        _, reach = similarity.nearest(known, known_mirrored, others)
        leak = similarity.threshold(reach, quantile, least)
        leaked = similarity.nearest(ours, ours_mirrored, others)[1] > leak
    return Copies(nearest, close, close > memory, leaked, (memory, leak))


def _pair(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return similarity.descriptors(pixels), similarity.descriptors(similarity.mirrored(pixels))
