"""Motifs of painted and carved ornament as coverage functions.

A motif fills one cell of a band: x in -1..1 around the vessel, y in -1..1 upwards. It returns (line, fill): coverage of
outlines and of filled parts, each float32 in 0..1 of the shape of x. `soft` is the width of the edges in cell units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Coverage = tuple[np.ndarray, np.ndarray]
Motif = Callable[[np.ndarray, np.ndarray, float], Coverage]


def _edge(distance: np.ndarray, soft: float) -> np.ndarray:
    """1 inside (distance < 0), 0 outside, soft over `soft`."""
    return np.clip(0.5 - distance / soft, 0, 1)


def _rosette(x: np.ndarray, y: np.ndarray, size: float, petals: int, soft: float, turn: float = 0.0) -> Coverage:
    rho = np.hypot(x, y)
    angle = np.arctan2(y, x) + turn
    border = size * (0.78 + 0.22 * np.cos(petals * angle))
    fill = _edge(rho - border, soft)
    line = np.maximum(_edge(np.abs(rho - border) - 0.05, soft), _edge(rho - 0.3 * size, soft))
    return line, fill


def _none(x: np.ndarray) -> np.ndarray:
    return np.zeros_like(x)


def scroll(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """A winding stem with a flower in every bend and leaves along it."""
    wave = 0.5 * np.sin(np.pi * x)
    stem = _edge(np.abs(y - wave) * 0.75 - 0.08, soft)
    line_a, fill_a = _rosette(x - 0.5, y + 0.22, 0.46, 6, soft)
    line_b, fill_b = _rosette(x + 0.5, y - 0.22, 0.46, 6, soft, np.pi / 6)
    leaves = _none(x)
    for cx, cy, lean in ((0.0, 0.5, 0.9), (0.02, -0.5, 0.9), (-0.95, 0.55, -0.9), (0.95, -0.55, -0.9)):
        dx, dy = x - cx, y - cy
        across, along = dx * np.cos(lean) + dy * np.sin(lean), -dx * np.sin(lean) + dy * np.cos(lean)
        leaves = np.maximum(leaves, _edge(np.hypot(across / 0.3, along / 0.14) - 1, soft / 0.2))
    return np.maximum(np.maximum(stem, leaves), np.maximum(line_a, line_b)), np.maximum(fill_a, fill_b)


def petals(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """An upright lotus petal with a rib."""
    border = 0.92 * np.sqrt(np.clip(1 - np.clip((y + 0.35) / 1.35, 0, 1) ** 2.4, 0, 1))
    gap = np.abs(x) - border
    line = np.maximum(_edge(np.abs(gap) - 0.07, soft), _edge(np.abs(x) - 0.05, soft) * (y < 0.35))
    return line, _edge(gap + 0.25, soft) * (y < 0.8)


def flutes(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """Vertical grooves."""
    return _edge(np.abs(np.abs(x) - 1) - 0.2, max(soft, 0.3)), _edge(np.abs(x) - 0.5, 0.8)


def rosettes(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """One large stamped flower in a ring of dots."""
    line, fill = _rosette(x, y, 0.62, 8, soft)
    rho, angle = np.hypot(x, y), np.arctan2(y, x)
    dots = _edge(np.hypot(rho - 0.86, np.abs(np.mod(angle * 12 / (2 * np.pi), 1) - 0.5) * 0.45) - 0.1, soft)
    return np.maximum(line, dots), fill


def roundels(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """A double ring around a flower: the medallion."""
    rho = np.hypot(x, y)
    rings = np.maximum(_edge(np.abs(rho - 0.86) - 0.07, soft), _edge(np.abs(rho - 0.66) - 0.04, soft))
    line, fill = _rosette(x, y, 0.5, 4, soft, np.pi / 4)
    return np.maximum(rings, line), np.maximum(fill, 0.25 * _edge(rho - 0.86, soft))


def lattice(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """Crossing diagonals with a dot in every diamond."""
    line = np.maximum(
        _edge(np.abs(np.mod(x + y, 1) - 0.5) - 0.09, soft), _edge(np.abs(np.mod(x - y, 1) - 0.5) - 0.09, soft)
    )
    return line, _edge(np.hypot(np.mod(x, 1) - 0.5, np.mod(y + 0.5, 1) - 0.5) - 0.16, soft)


def fret(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """A squared key meander."""
    box = np.maximum(np.abs(x), np.abs(y))
    ring = _edge(np.abs(box - 0.72) - 0.13, soft) * ~((x > 0.1) & (np.abs(y) < 0.4))
    core = _edge(np.abs(y) - 0.13, soft) * (x > -0.3)
    return np.maximum(ring, core), _none(x)


def waves(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """Three rows of waves."""
    lift = 0.25 * np.sin(np.pi * x)
    return _edge(np.abs(np.mod((y + lift) * 1.5, 1) - 0.5) - 0.17, soft * 1.5), _none(x)


def dots(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """One round dot a cell."""
    dot = _edge(np.hypot(x, y) - 0.55, soft)
    return dot, dot


def line(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """A solid band."""
    return np.ones_like(x), _none(x)


def ridges(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """Two raised cords around the body."""
    return np.maximum(_edge(np.abs(np.abs(y) - 0.5) - 0.2, soft), 0), _none(x)


def chevrons(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """Zigzags."""
    return _edge(np.abs(np.mod(y - np.abs(x), 1) - 0.5) - 0.2, soft), _none(x)


def checks(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """A chequerboard of two by two."""
    return np.where((x > 0) ^ (y > 0), np.float32(1), np.float32(0)), _none(x)


def tears(x: np.ndarray, y: np.ndarray, soft: float) -> Coverage:
    """A hanging drop."""
    gap = np.hypot(x, np.minimum(y, 0) * 0.9 + np.maximum(y, 0) * 0.45) - 0.55 * (1 - 0.5 * np.clip(y, 0, 1))
    return _edge(np.abs(gap) - 0.06, soft), _edge(gap, soft)


MOTIFS: dict[str, tuple[Motif, float]] = {
    "scroll": (scroll, 1.5),
    "petals": (petals, 0.55),
    "flutes": (flutes, 0.42),
    "rosettes": (rosettes, 1.15),
    "roundels": (roundels, 1.1),
    "lattice": (lattice, 0.9),
    "fret": (fret, 1.0),
    "waves": (waves, 0.9),
    "dots": (dots, 1.1),
    "line": (line, 1.0),
    "ridges": (ridges, 1.0),
    "chevrons": (chevrons, 0.7),
    "checks": (checks, 1.0),
    "tears": (tears, 0.8),
}
"""Motif -> (function, width of a cell over its height)."""


@dataclass(frozen=True)
class Painted:
    """Ornament on a set of surface points: coverage of lines and fills, (n,) each, and a colour turn per cell (n,)."""

    line: np.ndarray
    fill: np.ndarray
    turn: np.ndarray

    @classmethod
    def blank(cls, count: int) -> Painted:
        """Nothing painted on `count` points."""
        return cls(*(np.zeros(count, np.float32) for _ in range(3)))

    def put(self, where: np.ndarray, some: Painted) -> None:
        """Write `some` at the indices `where`, in place."""
        self.line[where], self.fill[where], self.turn[where] = some.line, some.fill, some.turn


def paint(
    plan: tuple[tuple[str, float, float], ...],
    around: np.ndarray,
    up: np.ndarray,
    radius: np.ndarray,
    pixel: float,
    size: float,
) -> Painted:
    """Lay the bands of `plan` on points at angle `around` (turns, 0..1), way `up` (heights) and `radius` (heights).

    `pixel` is the footprint of a pixel in heights, `size` scales the motifs. The number of motifs around is whole.
    """
    total_line, total_fill, turn = np.zeros_like(up), np.zeros_like(up), np.zeros_like(up)
    for motif, low, high in plan:
        draw, aspect = MOTIFS[motif]
        chosen = np.flatnonzero((up >= low) & (up < high))
        if not len(chosen):
            continue
        height = high - low
        middle = float(np.median(radius[chosen]))
        count = max(3, round(2 * np.pi * middle / (height * aspect * size)))
        cells = around[chosen] * count
        x = (np.mod(cells, 1) * 2 - 1).astype(np.float32)
        y = ((up[chosen] - low) / height * 2 - 1).astype(np.float32)
        soft = max(2.2 * pixel / height, 0.05)
        band_line, band_fill = draw(x, y, soft)
        total_line[chosen], total_fill[chosen] = band_line, band_fill
        turn[chosen] = np.floor(np.mod(cells, count)) + (x > 0)
    return Painted(total_line, total_fill, turn)
