"""Exact and near duplicates among small pictures, and the groups that follow.

Candidates are pairs whose 64-bit perceptual hashes (signs of the 8 x 8 lowest DCT coefficients against their median, as
in Zauner 2010) differ in few bits, upright or mirrored; of these, pairs count whose grey pictures correlate and whose
colours agree. Hashes are compared blockwise with popcounts: 20,000 pictures take seconds, memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn

BLOCK = 1024


@dataclass(frozen=True)
class Pair:
    """Rows `first` < `second` show one picture; `similarity` is the correlation of their grey pictures, 1 if exact."""

    first: int
    second: int
    similarity: float
    exact: bool = False


def hashes(grey: np.ndarray) -> np.ndarray:
    """(N,) uint64 from (N, 32, 32) uint8: a bit for each of the 8 x 8 lowest DCT coefficients above their median."""
    low = np.empty((len(grey), 64), np.float32)
    for start in range(0, len(grey), 4096):
        part = dctn(grey[start : start + 4096].astype(np.float32), axes=(1, 2), norm="ortho")
        low[start : start + 4096] = part[:, :8, :8].reshape(-1, 64)
    bits = low[:, :] > np.median(low[:, 1:], axis=1, keepdims=True)
    bits[:, 0] = False  # the mean brightness says nothing about the picture
    return np.packbits(bits, axis=1).view(np.uint64)[:, 0]


def close_pairs(first: np.ndarray, second: np.ndarray, distance: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows i < j of (N,) uint64 hashes with at most `distance` different bits between first[i] and second[j]."""
    left, right = [], []
    for start in range(0, len(first), BLOCK):
        block = first[start : start + BLOCK, None]
        near = np.bitwise_count(block ^ second[None, start:]) <= distance
        rows, columns = np.nonzero(near)
        keep = columns > rows
        left.append(rows[keep] + start)
        right.append(columns[keep] + start)
    return np.concatenate(left or [np.empty(0, np.int64)]), np.concatenate(right or [np.empty(0, np.int64)])


def standardised(grey: np.ndarray) -> np.ndarray:
    """(N, 1024) float32, each picture with mean 0 and length 1 (0 for a blank one)."""
    flat = grey.reshape(len(grey), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def find(
    grey: np.ndarray, colour: np.ndarray, digests: Sequence[str], distance: int, similarity: float, tolerance: float
) -> list[Pair]:
    """Pairs of rows that show one picture.

    Args:
        grey: (N, 32, 32) uint8. colour: (N, 8, 8, 3) uint8.
        digests: of the files; equal ones are exact duplicates.
        distance: most bits in which the hashes of near-duplicates differ.
        similarity: least correlation of their grey pictures.
        tolerance: largest mean absolute difference of their colours after each channel's mean is matched, 0..255.
    """
    exact = _exact(digests)
    seen = {(pair.first, pair.second) for pair in exact}
    upright = hashes(grey)
    mirrored = hashes(grey[:, :, ::-1])
    near: list[Pair] = []
    for other, flip in ((upright, False), (mirrored, True)):
        rows, columns = close_pairs(upright, other, distance)
        for row, column, value in _verified(grey, colour, rows, columns, flip, similarity, tolerance):
            if (row, column) not in seen:
                seen.add((row, column))
                near.append(Pair(row, column, value))
    return sorted([*exact, *near], key=lambda pair: (pair.first, pair.second))


def _exact(digests: Sequence[str]) -> list[Pair]:
    """Each file beside the first with the same bytes."""
    first: dict[str, int] = {}
    pairs = []
    for row, digest in enumerate(digests):
        if digest in first:
            pairs.append(Pair(first[digest], row, 1.0, exact=True))
        else:
            first[digest] = row
    return pairs


def _verified(
    grey: np.ndarray,
    colour: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    flip: bool,
    similarity: float,
    tolerance: float,
) -> Iterable[tuple[int, int, float]]:
    for start in range(0, len(rows), 8192):
        i, j = rows[start : start + 8192], columns[start : start + 8192]
        other_grey, other_colour = (grey[j, :, ::-1], colour[j, :, ::-1]) if flip else (grey[j], colour[j])
        values = np.einsum("nd,nd->n", standardised(grey[i]), standardised(other_grey))
        shift = colour[i].astype(np.float32) - other_colour
        apart = np.abs(shift - shift.mean(axis=(1, 2), keepdims=True)).mean(axis=(1, 2, 3))
        for place in np.flatnonzero((values >= similarity) & (apart <= tolerance)):
            yield int(i[place]), int(j[place]), float(values[place])


def groups(count: int, links: Iterable[tuple[int, int]]) -> np.ndarray:
    """(count,) int64: the smallest row of the connected component that each row belongs to."""
    parent = np.arange(count)

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = int(parent[row])
        return row

    for first, second in links:
        a, b = root(first), root(second)
        parent[max(a, b)] = min(a, b)
    return np.array([root(row) for row in range(count)], np.int64)
