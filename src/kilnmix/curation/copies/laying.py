"""An image laid on a photograph of which it may be a copy: affine, from a rough place to a fine one. Pure.

The inverse compositional step of Baker and Matthews 2004 (IJCV 56): slopes and normal equations belong to the image, so
they are worked out once for all photographs that it is laid on. Differences are damped (Geman and McClure), so that a
patch pasted over the picture does not pull.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from kilnmix.curation.copies.views import between, grid, sample

ROUGH, COARSE, FINE = 32, 48, 64
ROUGH_STEPS, FINE_STEPS = 6, 4
LARGEST = 0.08
"""Largest change of a step."""
DAMPED = 0.5
"""Differences beyond it count less than in proportion."""
_STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class Level:
    """An image's structure (side, side, 3), the same about 0 in one row, its slopes (6, side * side * 3), and the
    inverse normal matrix (6, 6)."""

    side: int
    values: np.ndarray
    even: np.ndarray
    slopes: np.ndarray
    inverse: np.ndarray


def rough_level(structure: np.ndarray) -> Level:
    """An image's structure (S, S, 3), made ready to be laid on photographs roughly."""
    return _level(structure, ROUGH, 1.5)


def fine_level(structure: np.ndarray) -> Level:
    """The same for what follows."""
    return _level(structure, FINE, 1.0)


def rough_photograph(structure: np.ndarray) -> np.ndarray:
    """(COARSE, COARSE, 3) of a photograph's structure (S, S, 3), as the rough level is laid on it."""
    return cv2.resize(cv2.GaussianBlur(structure, (0, 0), 1.5), (COARSE, COARSE), interpolation=cv2.INTER_AREA)


def fine_photograph(structure: np.ndarray) -> np.ndarray:
    """(S, S, 3), as the fine level is."""
    return cv2.GaussianBlur(structure, (0, 0), 1.0)


def _level(structure: np.ndarray, side: int, blur: float) -> Level:
    values = cv2.GaussianBlur(structure, (0, 0), blur)
    if side != values.shape[0]:
        values = cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA)
    down, right = np.gradient(values, 2 / side, axis=(0, 1))
    x, y = (axis[..., None] for axis in grid(side))
    slopes = np.stack([right * x, right * y, right, down * x, down * y, down])
    rim = max(side // 16, 1)
    inner = np.zeros((side, side, 1), np.float32)
    inner[rim:-rim, rim:-rim] = 1
    slopes = (slopes * inner).reshape(6, -1)
    normal = (slopes @ slopes.T).astype(np.float64)
    normal += np.eye(6) * (1e-3 * np.trace(normal) + 1e-6)
    even = (values - values.mean(axis=(0, 1))).ravel()
    return Level(side, values, even, slopes, np.linalg.inv(normal))


def lay(image: Level, photograph: np.ndarray, place: np.ndarray, steps: int) -> np.ndarray:
    """The place (2, 3) of an image in a photograph (S, S, 3) that was made ready, from a rougher one."""
    for _ in range(steps):
        rest = sample(photograph, place, image.side)
        rest -= image.values
        rest /= 1 + np.abs(rest) / DAMPED
        step = image.inverse @ (image.slopes @ rest.ravel())
        place = between(_STILL + step.clip(-LARGEST, LARGEST).reshape(2, 3), place)
    return place


def agreement(image: Level, photograph: np.ndarray, place: np.ndarray) -> float:
    """Correlation, -1 to 1, of an image with the part of a photograph on which it lies."""
    there = sample(photograph, place, image.side).reshape(-1, 3)
    there -= np.full(len(there), 1 / len(there), np.float32) @ there
    row = there.ravel()
    return float(image.even @ row / np.sqrt(image.even @ image.even * (row @ row) + 1e-9))
