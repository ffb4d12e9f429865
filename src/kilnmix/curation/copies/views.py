"""Places of one picture in another, and the views under which copies are looked for. Pure.

A place is a (2, 3) float64 matrix that takes a point of the image to a point of the photograph; a picture's middle is 0
and its edges are -1 and 1.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np


def place(scale: float, degrees: float = 0.0, across: float = 0.0, down: float = 0.0) -> np.ndarray:
    """A view of `scale` of the picture's side, turned and shifted."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.concatenate([scale * turn, [[across], [down]]], axis=1)


CROP, SHIFTS = 0.8, (-0.2, -0.1, 0.0, 0.1, 0.2)
PHOTOGRAPH = (place(1.0), *(place(CROP, 0.0, across, down) for down in SHIFTS for across in SHIFTS))
"""Views of a photograph: whole, and crops to 80 % in 25 places; what lies between them is left to laying."""
IMAGE = (place(1.0), place(1.0, 5.0), place(1.0, -5.0), place(0.84))
"""Views of an image, and as many of its mirror image: as it is, turned, and from nearby."""


def between(image_view: np.ndarray, photograph_view: np.ndarray) -> np.ndarray:
    """The place of an image in a photograph, two views of which show the same."""
    # In plain numbers, here and below: for so few of them numpy's calls take most of the time.
    a, b, c, d, e, f = image_view.ravel().tolist()
    g, h, i, j, k, m = photograph_view.ravel().tolist()
    size = a * e - b * d
    p, q, r, s = e / size, -b / size, -d / size, a / size
    x, y = -(p * c + q * f), -(r * c + s * f)
    return np.array(
        [[g * p + h * r, g * q + h * s, g * x + h * y + i], [j * p + k * r, j * q + k * s, j * x + k * y + m]]
    )


def sample(picture: np.ndarray, matrix: np.ndarray, side: int) -> np.ndarray:
    """(side, side, C) float32: the part of a picture (S, S, C) at a place; beyond its edges, the edge."""
    whole = picture.shape[0]
    a, b, c, d, e, f = matrix.ravel().tolist()
    scale, half, middle = whole / side, whole / 2, (whole - 1) / 2
    a, b, d, e, corner = a * scale, b * scale, d * scale, e * scale, (side - 1) / 2
    across, down = c * half + middle - (a + b) * corner, f * half + middle - (d + e) * corner
    warp = np.array([[a, b, across], [d, e, down]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, warp, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)


@functools.cache
def grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """(side, side) float32 each: how far to the right and how far down a pixel's middle lies."""
    axis = ((np.arange(side) - (side - 1) / 2) / (side / 2)).astype(np.float32)
    across, down = np.meshgrid(axis, axis)
    for each in (across, down):
        each.flags.writeable = False
    return across, down


def overlap(matrix: np.ndarray, side: int, edge: int) -> np.ndarray:
    """(side, side) float32: 1 where a pixel of the image is not at its edge and lies inside the photograph."""
    x, y = grid(side)
    across = np.abs(matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2])
    down = np.abs(matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2])
    rim = 1 - 2 * edge / side
    inside = (np.abs(x) < rim) & (np.abs(y) < rim) & (across < rim) & (down < rim)
    return inside.astype(np.float32)
