"""Square pictures brought to the side that a network reads."""

from __future__ import annotations

import cv2
import numpy as np


def resized(pixels: np.ndarray, size: int) -> np.ndarray:
    """(n, S, S, 3) uint8 -> (n, size, size, 3) uint8, by area when smaller and cubic when larger."""
    if pixels.shape[1] == size and pixels.shape[2] == size:
        return np.ascontiguousarray(pixels)
    if not len(pixels):
        return np.empty((0, size, size, 3), np.uint8)
    how = cv2.INTER_AREA if pixels.shape[1] > size else cv2.INTER_CUBIC
    return np.stack([cv2.resize(np.asarray(picture), (size, size), interpolation=how) for picture in pixels])
