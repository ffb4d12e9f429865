"""What can be seen of a single image without knowing its labels: sharpness, exposure, how many vessels it shows. Pure.

A vessel is what differs from the backdrop, which is estimated from the picture's border in two ways: as a quadratic
surface in each colour, and, since the edge of a table is none, row by row from its two ends. One large region is a
vessel, several are several, none is an empty picture. What is usual is measured on
photographs, so that a collection of pairs, or of details that the frame cuts, finds no fault with them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 96
DARK, BRIGHT = 6, 249
"""Grey levels at and beyond which a pixel is clipped."""
APART = 18.0
"""Grey levels by which a vessel differs from the backdrop at least."""
SMALLEST, SECOND = 0.008, 0.35
"""Share of the picture that a vessel covers at least; a second one's share of the first."""
FAULTS = ("blurred", "exposure", "empty", "doubled", "cut-off")


@dataclass(frozen=True)
class Quality:
    """Of m images.

    Attributes:
        sharpness: (m,) float32, variance of the Laplacian over that of the picture (Pech-Pacheco et al. 2000).
        clipped: (m,) float32, share of pixels that are black or white.
        vessels: (m,) int64 regions that stand out from the backdrop.
        second: (m,) float32, size of the second largest of them over that of the largest, 0 without a second.
        cut: (m,) float32, share of the picture's border that the largest covers.
    """

    sharpness: np.ndarray
    clipped: np.ndarray
    vessels: np.ndarray
    second: np.ndarray
    cut: np.ndarray


@dataclass(frozen=True)
class Usual:
    """What photographs are like: bounds that all but a share of them keep."""

    sharpness: float
    clipped: float
    empty: bool
    """Whether photographs without a vessel are rare enough for that to be a fault."""
    second: float
    cut: float


def measure(pixels: Iterable[np.ndarray], side: int) -> Quality:
    """The quality of pictures (S, S, 3) uint8 each, all brought to `side` pixels first, so that they compare."""
    found = [_measured(_at(picture, side)) for picture in pixels]
    columns = list(zip(*found, strict=True)) or [()] * 5
    types = (np.float32, np.float32, np.int64, np.float32, np.float32)
    return Quality(*(np.array(column, kind) for column, kind in zip(columns, types, strict=True)))


def joined(parts: Iterable[Quality]) -> Quality:
    """Blocks one after the other."""
    listed = list(parts)
    names = ("sharpness", "clipped", "vessels", "second", "cut")
    return Quality(*(np.concatenate([getattr(part, name) for part in listed]) for name in names))


def usual(photographs: Quality, error_rate: float) -> Usual:
    """Bounds beyond which at most `error_rate` of the photographs lie, for each fault."""
    return Usual(
        sharpness=float(np.quantile(photographs.sharpness, error_rate)),
        clipped=float(np.quantile(photographs.clipped, 1 - error_rate)),
        empty=bool((photographs.vessels == 0).mean() <= error_rate),
        second=float(np.quantile(photographs.second, 1 - error_rate)),
        cut=float(np.quantile(photographs.cut, 1 - error_rate)),
    )


def faults(found: Quality, bounds: Usual) -> dict[str, np.ndarray]:
    """Fault -> (m,) bool, in the order of `FAULTS`."""
    nothing = np.zeros(len(found.vessels), bool)
    return {
        "blurred": found.sharpness < bounds.sharpness,
        "exposure": found.clipped > bounds.clipped,
        "empty": found.vessels == 0 if bounds.empty else nothing,
        "doubled": (found.second > bounds.second) & (found.vessels > 1),
        "cut-off": found.cut > bounds.cut,
    }


def at_side(picture: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE, 3) float32 of a picture (S, S, 3) uint8."""
    return _at(picture, SIDE).astype(np.float32)


def _at(picture: np.ndarray, side: int) -> np.ndarray:
    for wanted in (side, SIDE):
        if picture.shape[:2] != (wanted, wanted):
            how = cv2.INTER_AREA if picture.shape[0] > wanted else cv2.INTER_CUBIC
            picture = cv2.resize(np.ascontiguousarray(picture), (wanted, wanted), interpolation=how)
    return picture


def _measured(picture: np.ndarray) -> tuple[float, float, int, float, float]:
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY).astype(np.float32)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_32F).var() / (grey.var() + 1.0))
    clipped = float(((grey <= DARK) | (grey >= BRIGHT)).mean())
    return sharpness, clipped, *vessels(picture.astype(np.float32))


def vessels(picture: np.ndarray) -> tuple[int, float, float]:
    """The last three of `Quality` for a picture (SIDE, SIDE, 3) float32."""
    mask = standing_out(picture).astype(np.uint8)
    _, regions, facts, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = facts[1:, cv2.CC_STAT_AREA] / mask.size
    if not len(areas) or areas.max() < SMALLEST:
        return 0, 0.0, 0.0
    largest = regions == 1 + int(areas.argmax())
    border = np.concatenate([largest[0], largest[-1], largest[:, 0], largest[:, -1]])
    second = float(np.sort(areas)[-2] / areas.max()) if len(areas) > 1 else 0.0
    return int((areas >= max(SMALLEST, SECOND * areas.max())).sum()), second, float(border.mean())


def standing_out(picture: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) bool: what differs from the backdrop of a picture (SIDE, SIDE, 3) float32."""
    differences = (_length(picture - surface) for surface in (_backdrop(picture), _rows(picture)))
    away = cv2.GaussianBlur(np.minimum(*differences), (0, 0), 1.0)
    level = max(float(cv2.threshold(np.clip(away, 0, 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0]), APART)
    mask = cv2.morphologyEx((away > level * 0.7).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)


def _backdrop(picture: np.ndarray) -> np.ndarray:
    """(S, S, 3) the quadratic surface that the border's pixels lie on, fitted twice, the second time without strays."""
    terms, rim = _terms(picture.shape[0])
    known, values = terms[rim], picture[rim]
    kept = np.ones(len(known), bool)
    for _ in range(2):
        seen = known[kept]
        surface = np.linalg.solve(seen.T @ seen, seen.T @ values[kept])
        stray = _length(known @ surface - values)
        kept = stray <= max(float(np.quantile(stray, 0.7)), 4.0)
    return terms @ surface


@functools.cache
def _terms(side: int) -> tuple[np.ndarray, np.ndarray]:
    """(side, side, 6) float32 terms of a quadratic surface, and (side, side) bool, the border."""
    x, y = np.meshgrid(*(np.linspace(-1, 1, side, dtype=np.float32),) * 2)
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=2)
    rim = np.ones((side, side), bool)
    width = max(side // 12, 1)
    rim[width:-width, width:-width] = False
    return terms, rim


def _length(colours: np.ndarray) -> np.ndarray:
    """(...,) of (..., 3)."""
    return np.sqrt(np.einsum("...c,...c->...", colours, colours))


def _rows(picture: np.ndarray) -> np.ndarray:
    """(S, S, 3) each row drawn evenly from the colour of its left end to that of its right end."""
    side = picture.shape[0]
    width = max(side // 24, 2)
    left, right = (np.median(part, axis=1)[:, None] for part in (picture[:, :width], picture[:, -width:]))
    way = np.linspace(0, 1, side, dtype=np.float32)[None, :, None]
    return left * (1 - way) + right * way
