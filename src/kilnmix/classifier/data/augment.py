"""Classical augmentation of uint8 pictures, one by one on the CPU.

An image's randomness follows from (seed, step, slot), never from what was drawn before it, so the photograph in a slot
is augmented alike in every arm.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kilnmix.common import seeds

# albumentations asks the network for its newest version at import otherwise.
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import albumentations as A
import cv2

cv2.setNumThreads(0)

Policy = Literal["none", "paper", "strong"]


@dataclass(frozen=True)
class Strength:
    """How far a policy goes.

    Attributes:
        area, ratio: range of the crop's share of the picture, and of its width over its height.
        light, contrast, colour: largest relative change of lightness, contrast and saturation.
        jitter: how often light, contrast and colour change at all.
        turn, turned: largest rotation in degrees, and how often.
        blurred: how often a picture is blurred a little (on the CPU only).
        holes, holed: range of a square hole's side, as a share of the picture's; and how often there is one or two.
    """

    area: tuple[float, float]
    ratio: tuple[float, float]
    light: float
    contrast: float
    colour: float
    jitter: float = 0.8
    turn: float = 0.0
    turned: float = 0.0
    blurred: float = 0.0
    holes: tuple[float, float] = (0.0, 0.0)
    holed: float = 0.0


STRENGTHS: dict[Policy, Strength] = {
    # What a porcelain classifier is commonly trained with: a mild crop, flips, a little light.
    "paper": Strength((0.75, 1.0), (0.9, 1.11), light=0.15, contrast=0.15, colour=0.0),
    # Wider crops, rotation, more light and colour, blur, and squares cut out (DeVries and Taylor 2017, 1708.04552).
    "strong": Strength(
        (0.5, 1.0),
        (0.8, 1.25),
        light=0.3,
        contrast=0.3,
        colour=0.3,
        turn=15.0,
        turned=0.4,
        blurred=0.15,
        holes=(0.1, 0.25),
        holed=0.3,
    ),
}


def policy(name: Policy, size: int) -> A.Compose:
    """The transforms of a policy; all end at (size, size, 3) uint8."""
    if name == "none":
        return A.Compose([A.Resize(size, size, interpolation=cv2.INTER_AREA)])
    much = STRENGTHS[name]
    transforms = [
        A.RandomResizedCrop((size, size), scale=much.area, ratio=much.ratio, interpolation=cv2.INTER_AREA),
        A.HorizontalFlip(p=0.5),
    ]
    if much.turned:
        turn = (-much.turn, much.turn)
        transforms.append(A.Affine(rotate=turn, border_mode=cv2.BORDER_REFLECT_101, p=much.turned))
    if much.colour:
        transforms.append(A.ColorJitter(much.light, much.contrast, much.colour, 0.03, p=much.jitter))
    else:
        transforms.append(A.RandomBrightnessContrast(much.light, much.contrast, p=much.jitter))
    if much.blurred:
        transforms.append(A.GaussianBlur(blur_limit=0, sigma_limit=(0.2, 1.0), p=much.blurred))
    if much.holed:
        holes = {"hole_height_range": much.holes, "hole_width_range": much.holes}
        transforms.append(A.CoarseDropout(num_holes_range=(1, 2), **holes, p=much.holed))
    return A.Compose(transforms)


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
