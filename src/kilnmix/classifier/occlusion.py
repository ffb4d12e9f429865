"""Where in a picture the answer comes from: the probability that is lost when a place is covered.

Occlusion (Zeiler and Fergus 2014, 1311.2901, section 4.2) asks the whole model, both its networks and the exported form
alike, where gradients would explain one network alone. A place is covered by the blurred picture, so that no edge is
drawn where none is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter

WINDOW, STEPS = 0.25, 8
"""Side of the cover as a share of the picture's, and how many places it takes along a side."""


def heat(
    apply: Callable[[np.ndarray], Mapping[str, np.ndarray]], square: np.ndarray, answers: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """task -> (S, S) float32: the mean loss of the answer's probability over the covers of each pixel, at least 0.

    Args:
        apply: (n, S, S, 3) uint8 -> task -> (n, C_t) probabilities.
        square: (S, S, 3) uint8.
        answers: task -> the class that is asked about.
    """
    covers, blurred = windows(square.shape[0]), _blurred(square)
    covered = np.repeat(square[None], 1 + len(covers), axis=0)
    for hidden, cover in zip(covered[1:], covers, strict=True):
        hidden[cover] = blurred[cover]
    given = apply(covered)
    maps = {}
    for task, answer in answers.items():
        whole, *parts = given[task][:, answer]
        total, times = np.zeros(square.shape[:2], np.float32), np.zeros(square.shape[:2], np.float32)
        for (rows, columns), left in zip(covers, parts, strict=True):
            total[rows, columns] += max(float(whole) - float(left), 0.0)
            times[rows, columns] += 1
        maps[task] = total / np.maximum(times, 1)
    return maps


def windows(side: int) -> list[tuple[slice, slice]]:
    """Rows and columns of the covers; together they cover every pixel."""
    width = max(1, round(WINDOW * side))
    starts = sorted({round(place * (side - width) / (STEPS - 1)) for place in range(STEPS)})
    return [(slice(top, top + width), slice(left, left + width)) for top in starts for left in starts]


def _blurred(square: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(square).filter(ImageFilter.GaussianBlur(square.shape[0] / 8)))


def overlaid(square: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8: the picture in grey, and red the more a place counts, relative to the place that counts most."""
    grey = np.asarray(Image.fromarray(square).convert("L"), np.float32)[..., None]
    strength = np.asarray(Image.fromarray(_scaled(values)).filter(ImageFilter.BoxBlur(square.shape[0] // 24)))
    share = strength.astype(np.float32)[..., None] / 255 * 0.75
    red = np.array([214, 40, 20], np.float32)
    return np.clip(grey * (1 - share) + red * share, 0, 255).astype(np.uint8)


def _scaled(values: np.ndarray) -> np.ndarray:
    most = float(values.max(initial=0.0))
    return np.asarray(values / most * 255 if most > 0 else np.zeros_like(values), np.uint8)
