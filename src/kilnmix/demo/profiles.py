"""Smooth profiles of vessels: control points become radius over height, outside and inside.

The curve through the control points is a monotone cubic (Fritsch and Carlson 1980, as in scipy's PchipInterpolator),
smoothed by a narrow Gaussian so that highlights run without kinks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from kilnmix.demo.piece import Marks, Piece, Style

SAMPLES = 256

Points = tuple[tuple[float, float], ...]

TYPES: dict[str, tuple[float, Points]] = {
    "bowl": (1.02, ((0, 0.34), (0.14, 0.56), (0.42, 0.84), (0.78, 0.98), (1, 1.0))),
    "dish": (2.35, ((0, 0.52), (0.16, 0.68), (0.5, 0.88), (0.85, 0.97), (1, 1.0))),
    "cup": (0.62, ((0, 0.5), (0.12, 0.72), (0.4, 0.9), (0.8, 0.96), (1, 1.0))),
    "stem-cup": (
        0.58,
        ((0, 0.52), (0.05, 0.46), (0.16, 0.24), (0.38, 0.2), (0.46, 0.34), (0.58, 0.76), (0.8, 0.95), (1, 1.0)),
    ),
    "jar": (0.56, ((0, 0.5), (0.2, 0.66), (0.45, 0.9), (0.66, 1.0), (0.82, 0.87), (0.9, 0.6), (1, 0.58))),
    "meiping": (
        0.32,
        ((0, 0.56), (0.25, 0.62), (0.5, 0.84), (0.74, 1.0), (0.86, 0.8), (0.92, 0.36), (0.95, 0.3), (1, 0.36)),
    ),
    "pear-vase": (
        0.34,
        ((0, 0.58), (0.1, 0.78), (0.27, 1.0), (0.48, 0.7), (0.68, 0.33), (0.84, 0.27), (0.95, 0.4), (1, 0.56)),
    ),
    "gourd-vase": (
        0.36,
        (
            (0, 0.56),
            (0.13, 0.86),
            (0.29, 1.0),
            (0.46, 0.74),
            (0.54, 0.42),
            (0.6, 0.42),
            (0.72, 0.62),
            (0.84, 0.42),
            (0.91, 0.24),
            (1, 0.24),
        ),
    ),
    "ewer": (
        0.38,
        ((0, 0.54), (0.18, 0.84), (0.4, 1.0), (0.58, 0.82), (0.68, 0.4), (0.84, 0.32), (0.96, 0.44), (1, 0.5)),
    ),
    "censer": (0.68, ((0, 0.5), (0.12, 0.86), (0.34, 1.0), (0.58, 0.82), (0.7, 0.72), (0.86, 0.78), (1, 0.92))),
    "beaker": (0.36, ((0, 0.7), (0.12, 0.5), (0.34, 0.46), (0.45, 0.58), (0.55, 0.5), (0.75, 0.62), (1, 1.0))),
    "brush-pot": (0.5, ((0, 0.96), (0.3, 0.93), (0.7, 0.95), (1, 1.0))),
    "bottle": (0.4, ((0, 0.5), (0.14, 0.82), (0.32, 1.0), (0.5, 0.78), (0.6, 0.3), (0.8, 0.22), (1, 0.24))),
    "basin": (1.4, ((0, 0.7), (0.2, 0.84), (0.6, 0.93), (0.92, 0.95), (1, 1.0))),
    "teapot": (0.66, ((0, 0.56), (0.2, 0.88), (0.48, 1.0), (0.74, 0.84), (0.92, 0.48), (1, 0.44))),
}
"""Type -> (largest radius over height, control points with radii over the largest radius)."""

PARTS: dict[str, tuple[str, ...]] = {"ewer": ("spout", "handle"), "teapot": ("spout", "handle"), "censer": ("feet",)}
LOW = ("bowl", "dish", "cup", "basin")
NECKED = {"jar": 0.86, "meiping": 0.9, "pear-vase": 0.6, "gourd-vase": 0.6, "ewer": 0.64, "censer": 0.7, "bottle": 0.56}
"""Height of the shoulder, above which a style's `neck` acts."""


@dataclass(frozen=True)
class Profile:
    """Radii on an even grid of heights, float32 (`SAMPLES`,): `outer`, `inner` (0 where solid); the top height."""

    heights: np.ndarray
    outer: np.ndarray
    inner: np.ndarray
    top: float


def control_points(kind: str, style: Style, marks: Marks, wobble: np.ndarray) -> Points:
    """The control points of one object: the type's, in the style's proportions, each radius times 1 + wobble[i]."""
    widest, points = TYPES[kind]
    shoulder = NECKED.get(kind, 2.0)
    shaped = []
    for i, (height, radius) in enumerate(points):
        r = radius * widest * style.girth * (1 + float(wobble[i % len(wobble)]))
        if height > shoulder:
            r *= style.neck
        if i == 0:
            r *= marks.foot_flare
        if i == len(points) - 1:
            r *= 1 + style.lip
        shaped.append((float(height**style.lift), float(r)))
    return tuple(shaped)


def build(piece: Piece) -> Profile:
    """The profile of a piece: spline, foot ring, throwing rings, lid, and the hollow inside."""
    points = np.array(piece.profile)
    top = 1.0
    heights = np.linspace(0, 1, SAMPLES)
    radii = PchipInterpolator(points[:, 0], points[:, 1])(heights)
    radii = _smooth(radii, 5)
    foot = max(piece.marks.foot_height, 0.012)
    ring = points[0, 1] * (1 + 0.04 * (1 - heights / foot))
    radii = np.where(heights < foot, ring, radii - 0.05 * points[0, 1] * np.exp(-(((heights - foot) / 0.012) ** 2)))
    lip = np.clip((heights - 0.965) / 0.035, 0, 1)
    widest = float(radii.max())
    thickness = 0.03 + 0.045 * min(widest, 0.5)
    radii = radii + (0.35 * thickness * lip**2 - 0.5 * thickness * np.clip((heights - 0.99) / 0.01, 0, 1) ** 2)
    inner = np.maximum(radii - thickness, 0.0)
    inner = np.where(heights > foot + 0.05, inner, 0.0)
    rings = np.sin(heights * 2 * np.pi * 17 + 3 * np.sin(heights * 9)) * 0.0022 * piece.marks.rings
    radii = radii + rings * np.clip((heights - foot) / 0.1, 0, 1) * np.clip((1 - heights) / 0.1, 0, 1)
    if piece.covered:
        heights, radii, top = _with_lid(heights, radii, widest)
        inner = np.zeros_like(radii)
    return Profile(heights.astype(np.float32), radii.astype(np.float32), inner.astype(np.float32), top)


def _smooth(radii: np.ndarray, sigma: int) -> np.ndarray:
    reach = np.arange(-3 * sigma, 3 * sigma + 1)
    kernel = np.exp(-0.5 * (reach / sigma) ** 2)
    padded = np.pad(radii, 3 * sigma, mode="reflect", reflect_type="odd")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _with_lid(heights: np.ndarray, radii: np.ndarray, widest: float) -> tuple[np.ndarray, np.ndarray, float]:
    """A domed lid with a knob on the mouth; the grid is stretched so that it covers both."""
    mouth = float(radii[-1])
    dome = 0.42 * mouth
    knob = 0.2 * mouth
    top = 1.0 + dome + 1.5 * knob
    grid = np.linspace(0, top, SAMPLES)
    body = np.interp(grid, heights, radii)
    over = np.clip((grid - 1.0) / dome, 0, 1)
    lid = np.where(grid < 1.0 + 0.09 * mouth, mouth * 1.12, mouth * 1.06 * np.sqrt(np.clip(1 - over**2, 0.0, 1)))
    centre = 1.0 + dome + 0.7 * knob
    ball = np.sqrt(np.clip(knob**2 - (grid - centre) ** 2 * 1.3, 0, None))
    stalk = np.where((grid > 1.0 + 0.8 * dome) & (grid < centre), 0.5 * knob, 0)
    lid = np.maximum(np.maximum(lid * (grid < 1.0 + dome), ball), stalk)
    return grid, np.where(grid < 1.0, body, lid), top
