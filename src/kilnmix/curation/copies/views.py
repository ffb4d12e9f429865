"""Places of one picture in another, and the views under which copies are looked for. Pure.

A place is a (2, 3) float64 matrix that takes a point of the image to a point of the photograph; a picture's middle is 0
and its edges are -1 and 1.
"""

from __future__ import annotations

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


def squared(matrix: np.ndarray) -> np.ndarray:
    """(3, 3) of a place."""
    return np.vstack([matrix, [0.0, 0.0, 1.0]])


def between(image_view: np.ndarray, photograph_view: np.ndarray) -> np.ndarray:
    """The place of an image in a photograph, two views of which show the same."""
    return (squared(photograph_view) @ np.linalg.inv(squared(image_view)))[:2]


def sample(picture: np.ndarray, matrix: np.ndarray, side: int) -> np.ndarray:
    """(side, side, C) float32: the part of a picture (S, S, C) at a place; beyond its edges, the edge."""
    whole = picture.shape[0]
    linear = matrix[:, :2] * (whole / side)
    middle = matrix[:, 2] * whole / 2 + (whole - 1) / 2 - linear @ np.full(2, (side - 1) / 2)
    warp = np.concatenate([linear, middle[:, None]], axis=1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, warp, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """(side, side) float32 each: how far to the right and how far down a pixel's middle lies."""
    axis = ((np.arange(side) - (side - 1) / 2) / (side / 2)).astype(np.float32)
    return np.meshgrid(axis, axis)[0], np.meshgrid(axis, axis)[1]


def overlap(matrix: np.ndarray, side: int, edge: int) -> np.ndarray:
    """(side, side) float32: 1 where a pixel of the image is not at its edge and lies inside the photograph."""
    x, y = grid(side)
    across = np.abs(matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2])
    down = np.abs(matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2])
    rim = 1 - 2 * edge / side
    inside = (np.abs(x) < rim) & (np.abs(y) < rim) & (across < rim) & (down < rim)
    return inside.astype(np.float32)
