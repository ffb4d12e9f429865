"""Exact and near duplicates among small pictures, and the groups that follow.

Candidates are pairs whose 64-bit perceptual hashes (signs of the 8 x 8 lowest DCT coefficients against their median, as
in Zauner 2010) differ in few bits, upright or mirrored, and whose outlines correlate. Of these, pairs count whose fine
detail correlates once the one is laid on the other (`registration`). Hashes are compared blockwise with popcounts, so
that memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn

from kilnmix.collection import registration
from kilnmix.collection.decoding import cores

BLOCK = 1024
BATCH = 256
OUTLINE, ROUGH = 0.85, 0.4
"""Least correlation of candidates' pictures of 16 pixels, and of the detail at 32 pixels, as they stand."""
MOST = 20_000
"""Candidates that are laid on one another; beyond so many only the likeliest are."""


@dataclass(frozen=True)
class Pair:
    """Rows `first` < `second` show one picture; `similarity` correlates their detail, 1 for equal files."""

    first: int
    second: int
    similarity: float
    exact: bool = False


def find(grey: np.ndarray, digests: Sequence[str], distance: int, similarity: float) -> list[Pair]:
    """Pairs of rows that show one picture, ordered; equal files stand beside the first of them only.

    Args:
        grey: (N, 64, 64) uint8, possibly on disk.
        digests: of the N files; equal ones are exact duplicates.
        distance: most bits in which the hashes of near-duplicates differ.
        similarity: least correlation of their fine detail.
    """
    copies = _exact(digests)
    kept = np.setdiff1d(np.arange(len(digests)), [pair.second for pair in copies])
    best: dict[tuple[int, int], float] = {}
    for first, second, value in _near(grey, kept, distance, similarity):
        best[first, second] = max(value, best.get((first, second), 0.0))
    near = [Pair(first, second, value) for (first, second), value in best.items()]
    return sorted([*copies, *near], key=lambda pair: (pair.first, pair.second))


def hashes(small: np.ndarray) -> np.ndarray:
    """(N,) uint64 from (N, 32, 32): a bit for each of the 8 x 8 lowest DCT coefficients above their median."""
    low = dctn(np.asarray(small, np.float32), axes=(1, 2), norm="ortho")[:, :8, :8].reshape(-1, 64)
    bits = low > np.median(low[:, 1:], axis=1, keepdims=True)
    bits[:, 0] = False  # the mean brightness says nothing about the picture
    return np.packbits(bits, axis=1).view(np.uint64)[:, 0]


def close_pairs(first: np.ndarray, second: np.ndarray, distance: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows i < j of (N,) uint64 hashes with at most `distance` different bits between first[i] and second[j]."""
    left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(0, len(first), BLOCK):
        block = first[start : start + BLOCK, None]
        rows, columns = np.nonzero(np.bitwise_count(block ^ second[None, start:]) <= distance)
        keep = columns > rows
        left.append(rows[keep] + start)
        right.append(columns[keep] + start)
    return np.concatenate(left), np.concatenate(right)


def _exact(digests: Sequence[str]) -> list[Pair]:
    first: dict[str, int] = {}
    pairs = []
    for row, digest in enumerate(digests):
        if digest in first:
            pairs.append(Pair(first[digest], row, 1.0, exact=True))
        else:
            first[digest] = row
    return pairs


@dataclass(frozen=True)
class _Sketches:
    """Of N pictures: hashes, and as unit vectors their outlines, (N, 256) float32, and detail, (N, 1024) float16."""

    hashes: np.ndarray
    outline: np.ndarray
    detail: np.ndarray

    @classmethod
    def draw(cls, grey: np.ndarray, rows: np.ndarray, mirrored: bool) -> _Sketches:
        codes, outlines, details = [], [], []
        for start in range(0, len(rows), 2048):
            small = registration.halved(grey[rows[start : start + 2048]])
            small = small[:, :, ::-1] if mirrored else small
            codes.append(hashes(small))
            outlines.append(_unit(registration.halved(small)))
            details.append(_unit(registration.detail(small)).astype(np.float16))
        return cls(np.concatenate(codes), np.concatenate(outlines), np.concatenate(details))


def _unit(pictures: np.ndarray) -> np.ndarray:
    """(P, S * S) float32 with mean 0 and length 1 (0 for a blank picture)."""
    flat = pictures.reshape(len(pictures), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, length, out=np.zeros_like(flat), where=length > 1)


def _near(grey: np.ndarray, rows: np.ndarray, distance: int, similarity: float) -> Iterator[tuple[int, int, float]]:
    """(first, second, similarity) of near-duplicates among `rows`, some of them twice."""
    upright = _Sketches.draw(grey, rows, mirrored=False)

    def verify(work: tuple[np.ndarray, np.ndarray, bool]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        i, j, flip = work
        first, second = grey[i], grey[j]
        return i, j, registration.same_picture(first, second[:, :, ::-1] if flip else second, similarity)

    with ThreadPoolExecutor(cores()) as threads:
        for flip in (False, True):
            other = _Sketches.draw(grey, rows, mirrored=True) if flip else upright
            work = [(rows[i], rows[j], flip) for i, j in _candidates(upright, other, distance)]
            for i, j, values in threads.map(verify, work):
                for place in np.flatnonzero(values >= similarity).tolist():
                    yield int(i[place]), int(j[place]), float(values[place])


def _candidates(upright: _Sketches, other: _Sketches, distance: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of candidates, the likeliest first."""
    i, j = close_pairs(upright.hashes, other.hashes, distance)
    likely, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    for start in range(0, len(i), 8192):
        a, b = i[start : start + 8192], j[start : start + 8192]
        alike = np.flatnonzero(_dot(upright.outline, other.outline, a, b) >= OUTLINE)
        score = _dot(upright.detail, other.detail, a[alike], b[alike])
        likely.append(alike[score >= ROUGH] + start)
        scores.append(score[score >= ROUGH])
    order = np.argsort(-np.concatenate(scores), kind="stable")[:MOST]
    chosen = np.concatenate(likely)[order]
    for start in range(0, len(chosen), BATCH):
        part = chosen[start : start + BATCH]
        yield i[part], j[part]


def _dot(first: np.ndarray, second: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return np.einsum(
        "nd,nd->n", first[rows].astype(np.float32, copy=False), second[columns].astype(np.float32, copy=False)
    )


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
