"""Classical augmentation, and the resizing that goes with it, on uint8 pictures.

An image's randomness follows from (seed, step, slot), never from what was drawn before it, so the photograph in a slot
is augmented alike in every arm.
"""

from __future__ import annotations

import os
import random
from typing import Literal

import numpy as np

from kilnmix import seeds

# albumentations asks the network for its newest version at import otherwise.
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import albumentations as A
import cv2

cv2.setNumThreads(0)

Policy = Literal["none", "paper", "strong"]


def policy(name: Policy, size: int) -> A.Compose:
    """The transforms of a policy; all end at (size, size, 3) uint8.

    `paper`: what a porcelain classifier is commonly trained with: a mild crop, flips, a little colour.
    `strong`: wider crops, rotation, more colour and lightness, blur, and squares cut out (DeVries and Taylor 2017).
    """
    if name == "none":
        return A.Compose([A.Resize(size, size, interpolation=cv2.INTER_AREA)])
    if name == "paper":
        return A.Compose(
            [
                A.RandomResizedCrop((size, size), scale=(0.75, 1.0), ratio=(0.9, 1.11), interpolation=cv2.INTER_AREA),
                A.HorizontalFlip(p=0.5),
                A.RandomBrightnessContrast(0.15, 0.15, p=0.8),
            ]
        )
    return A.Compose(
        [
            A.RandomResizedCrop((size, size), scale=(0.5, 1.0), ratio=(0.8, 1.25), interpolation=cv2.INTER_AREA),
            A.HorizontalFlip(p=0.5),
            A.Affine(rotate=(-15, 15), border_mode=cv2.BORDER_REFLECT_101, p=0.4),
            A.ColorJitter(0.3, 0.3, 0.3, 0.03, p=0.8),
            A.GaussianBlur(blur_limit=0, sigma_limit=(0.2, 1.0), p=0.15),
            A.CoarseDropout(num_holes_range=(1, 2), hole_height_range=(0.1, 0.25), hole_width_range=(0.1, 0.25), p=0.3),
        ]
    )


class Augmenter:
    """A policy with a seed."""

    def __init__(self, name: Policy, size: int, seed: int) -> None:
        self.size, self.seed = size, seed
        self._transforms = policy(name, size)
        self._random = name != "none"

    def __call__(self, picture: np.ndarray, step: int, slot: str) -> np.ndarray:
        """(S, S, 3) uint8 -> (size, size, 3) uint8."""
        if self._random:
            seed = seeds.derive(self.seed, "augment", step, slot)
            self._transforms.set_random_state(np.random.Generator(np.random.SFC64(seed)), random.Random(seed))
        return self._transforms(image=picture)["image"]


def resized(pixels: np.ndarray, size: int) -> np.ndarray:
    """(n, S, S, 3) uint8 -> (n, size, size, 3) uint8, by area when smaller and cubic when larger."""
    if pixels.shape[1] == size and pixels.shape[2] == size:
        return np.ascontiguousarray(pixels)
    if not len(pixels):
        return np.empty((0, size, size, 3), np.uint8)
    how = cv2.INTER_AREA if pixels.shape[1] > size else cv2.INTER_CUBIC
    return np.stack([cv2.resize(np.asarray(picture), (size, size), interpolation=how) for picture in pixels])
