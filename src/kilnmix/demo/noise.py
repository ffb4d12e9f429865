"""Periodic noise tiles from fixed seeds, made once a process; objects cut their own stretches from them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

EDGE = 256


@lru_cache(maxsize=8)
def cloud(octave: int) -> np.ndarray:
    """Smooth noise, (256, 256) float32, mean 0, standard deviation 1; grains of about 2 ** octave pixels."""
    rough = np.random.default_rng(90_000 + octave).standard_normal((EDGE, EDGE))
    smooth = gaussian_filter(rough, 2.0**octave / 2, mode="wrap")
    return ((smooth - smooth.mean()) / smooth.std()).astype(np.float32)


@lru_cache(maxsize=1)
def net() -> np.ndarray:
    """Dark lines between cells, (256, 256) float32, mean 0, standard deviation 1: `cracks` with lines twice as wide."""
    return -_standardised(np.clip(1.2 - _gaps() / 5, 0, 1))


@lru_cache(maxsize=1)
def specks() -> np.ndarray:
    """Light specks on an even ground, (256, 256) float32, mean 0, standard deviation 1."""
    return _standardised(np.clip(cloud(3) - 0.9, 0, 1.2))


def _standardised(tile: np.ndarray) -> np.ndarray:
    return ((tile - tile.mean()) / tile.std()).astype(np.float32)


@lru_cache(maxsize=1)
def cracks() -> np.ndarray:
    """A net of cracks, (256, 256) float32 in 0..1: 1 on the borders of Voronoi cells, about 9 cells across."""
    return np.clip(1.3 - _gaps() / 2.2, 0, 1).astype(np.float32)


@lru_cache(maxsize=1)
def _gaps() -> np.ndarray:
    """How much further the second nearest of 81 points is than the nearest, in pixels: 0 on the cells' borders."""
    rng = np.random.default_rng(91_000)
    seeds = rng.random((81, 2)) * EDGE
    around = np.array([(i, j) for i in (-EDGE, 0, EDGE) for j in (-EDGE, 0, EDGE)])
    tree = cKDTree((seeds[None] + around[:, None]).reshape(-1, 2))
    grid = np.stack(np.meshgrid(np.arange(EDGE), np.arange(EDGE), indexing="ij"), -1).reshape(-1, 2)
    near, _ = tree.query(grid, k=2)
    gap: np.ndarray = (near[:, 1] - near[:, 0]).reshape(EDGE, EDGE)
    return gap


def sample(tile: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Bilinear, wrapping values of a tile at (u, v) in units of tiles."""
    x = (u * EDGE).astype(np.float32)
    y = (v * EDGE).astype(np.float32)
    x0 = np.floor(x).astype(np.int32)
    y0 = np.floor(y).astype(np.int32)
    fx, fy = x - x0, y - y0
    x0 &= EDGE - 1
    y0 &= EDGE - 1
    x1, y1 = (x0 + 1) & (EDGE - 1), (y0 + 1) & (EDGE - 1)
    flat = tile.ravel()
    top = flat[y0 * EDGE + x0] * (1 - fx) + flat[y0 * EDGE + x1] * fx
    low = flat[y1 * EDGE + x0] * (1 - fx) + flat[y1 * EDGE + x1] * fx
    return top * (1 - fy) + low * fy
