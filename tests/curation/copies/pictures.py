"""Small pictures for tests: ovals of brushwork before a backdrop, and edited copies of them."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

SIDE = 96


def vessel(number: int) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8, another object for each number."""
    rng = np.random.default_rng(number)
    layers = [
        cv2.GaussianBlur(rng.normal(0, strength, (SIDE, SIDE)).astype(np.float32), (0, 0), width)
        for width, strength in ((1.5, 90), (4, 200), (4, 60), (4, 60))
    ]
    brush = (layers[0] + layers[1])[..., None] + np.stack([layers[2], -layers[3], layers[3]], axis=2)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    across, down = rng.uniform(0.45, 0.75, 2)
    inside = (x / across) ** 2 + (y / down) ** 2 < 1
    surface = rng.integers(70, 190, 3) + brush
    backdrop = (rng.uniform(60, 120) + 50 * y)[..., None] + np.zeros(3)
    return np.clip(np.where(inside[..., None], surface, backdrop), 0, 255).astype(np.uint8)


def vessels(count: int, first: int = 0) -> np.ndarray:
    return np.stack([vessel(first + number) for number in range(count)])


def edited(picture: np.ndarray) -> dict[str, np.ndarray]:
    """Name of an edit -> the copy."""
    high = round(0.8 * SIDE)
    crop = cv2.resize(picture[4 : 4 + high, 13 : 13 + high], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    turn = cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), 5, 1)
    jpeg = io.BytesIO()
    Image.fromarray(picture).save(jpeg, "JPEG", quality=40)
    pasted = picture.copy()
    pasted[60:80, 10:30] = 255
    return {
        "flip": picture[:, ::-1],
        "crop": crop,
        "turn": cv2.warpAffine(picture, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE),
        "jpeg": np.asarray(Image.open(jpeg)),
        "bright": np.clip(picture * 1.3, 0, 255).astype(np.uint8),
        "paste": pasted,
        "recolour": np.ascontiguousarray(picture[..., [2, 0, 1]]),
        "flip and crop": crop[:, ::-1],
    }
