"""Exact and near duplicates among small pictures, and the groups that follow.

Candidates are pairs whose 64-bit perceptual hashes (signs of the 8 x 8 lowest DCT coefficients against their median, as
in Zauner 2010) differ in few bits, upright or mirrored, and whose outlines correlate. Of these, pairs count whose fine
detail correlates once the one is laid on the other (`registration`). Hashes are compared tile by tile with popcounts,
and of the candidates only the likeliest are held, so that memory beyond 1.3 kB a picture stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn

from kilnmix.collection.pictures import registration
from kilnmix.common.devices import cores

TILE = 512, 8192
"""Hashes of rows and of columns that are compared at once: 4 million words."""
CHUNK = 2048
BATCH = 128
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


def find(
    grey: np.ndarray, digests: Sequence[str], distance: int, similarity: float, places: np.ndarray | None = None
) -> list[Pair]:
    """Pairs of rows that show one picture, ordered; equal files stand beside the first of them only.

    Args:
        grey: (N, 64, 64) uint8, possibly on disk; with `places`, (N,) int64, those rows of it.
        digests: of the N files; equal ones are exact duplicates.
        distance: most bits in which the hashes of near-duplicates differ.
        similarity: least correlation of their fine detail.
    """
    copies = _exact(digests)
    kept = np.setdiff1d(np.arange(len(digests)), [pair.second for pair in copies])
    best: dict[tuple[int, int], float] = {}
    where = np.arange(len(digests)) if places is None else places
    for first, second, value in _near(grey, kept, where, distance, similarity):
        best[first, second] = max(value, best.get((first, second), 0.0))
    near = [Pair(first, second, value) for (first, second), value in best.items()]
    return sorted([*copies, *near], key=lambda pair: (pair.first, pair.second))


def hashes(small: np.ndarray) -> np.ndarray:
    """(N,) uint64 from (N, 32, 32): a bit for each of the 8 x 8 lowest DCT coefficients above their median."""
    low = dctn(np.asarray(small, np.float32), axes=(1, 2), norm="ortho")[:, :8, :8].reshape(-1, 64)
    bits = low > np.median(low[:, 1:], axis=1, keepdims=True)
    bits[:, 0] = False  # the mean brightness says nothing about the picture
    return np.packbits(bits, axis=1).view(np.uint64)[:, 0]


def close_pairs(
    first: np.ndarray, second: np.ndarray, distance: int, row: int = 0, column: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Rows i < j of uint64 hashes with at most `distance` different bits between first[i] and second[j].

    Args:
        first, second: (A,) and (B,), of the rows that begin with `row` and with `column`.
    """
    rows, columns = np.nonzero(np.bitwise_count(first[:, None] ^ second[None]) <= distance)
    rows, columns = rows + row, columns + column
    return rows[columns > rows], columns[columns > rows]


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
class _Packed:
    """(N, D) int8 vectors that have length 1 when each is multiplied by its `unit`, (N,) float32."""

    values: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> _Packed:
        """Of (N, D) float32 vectors of length 1; their products are kept to within a hundredth."""
        unit = np.maximum(np.abs(vectors).max(axis=1), 1e-6) / 127
        return cls(np.rint(vectors / unit[:, None]).astype(np.int8), unit)

    @classmethod
    def joined(cls, parts: Sequence[_Packed]) -> _Packed:
        return cls(np.concatenate([part.values for part in parts]), np.concatenate([part.unit for part in parts]))

    def dot(self, other: _Packed, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(P,) float32 products of the vectors in `rows` with those of the other in `columns`."""
        result = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), CHUNK):
            part = slice(start, start + CHUNK)
            a, b = self.values[rows[part]].astype(np.float32), other.values[columns[part]].astype(np.float32)
            np.einsum("nd,nd->n", a, b, out=result[part])
        return result * self.unit[rows] * other.unit[columns]


@dataclass(frozen=True)
class _Sketches:
    """Of N pictures: (N,) uint64 hashes, their outlines at 16 pixels and their detail at 32."""

    hashes: np.ndarray
    outline: _Packed
    detail: _Packed

    @classmethod
    def draw(cls, grey: np.ndarray, rows: np.ndarray, mirrored: bool) -> _Sketches:
        codes, outlines, details = [], [], []
        for start in range(0, len(rows), CHUNK):
            small = registration.halved(grey[rows[start : start + CHUNK]])
            small = small[:, :, ::-1] if mirrored else small
            codes.append(hashes(small))
            outlines.append(_Packed.of(_unit(registration.halved(small))))
            details.append(_Packed.of(_unit(registration.detail(small))))
        return cls(np.concatenate(codes), _Packed.joined(outlines), _Packed.joined(details))


def _unit(pictures: np.ndarray) -> np.ndarray:
    """(P, S * S) float32 with mean 0 and length 1 (0 for a blank picture)."""
    flat = pictures.reshape(len(pictures), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, length, out=np.zeros_like(flat), where=length > 1)


def _near(
    grey: np.ndarray, rows: np.ndarray, where: np.ndarray, distance: int, similarity: float
) -> Iterator[tuple[int, int, float]]:
    """(first, second, similarity) of near-duplicates among `rows`, whose pictures are grey[where[rows]]; some twice."""
    upright = _Sketches.draw(grey, where[rows], mirrored=False)

    def verify(work: tuple[np.ndarray, np.ndarray, bool]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        i, j, flip = work
        first, second = grey[where[i]], grey[where[j]]
        return i, j, registration.same_picture(first, second[:, :, ::-1] if flip else second, similarity)

    with ThreadPoolExecutor(cores()) as threads:
        for flip in (False, True):
            other = _Sketches.draw(grey, where[rows], mirrored=True) if flip else upright
            i, j = _candidates(upright, other, distance, threads)
            parts = [slice(start, start + BATCH) for start in range(0, len(i), BATCH)]
            for a, b, values in threads.map(verify, [(rows[i[part]], rows[j[part]], flip) for part in parts]):
                for place in np.flatnonzero(values >= similarity).tolist():
                    yield int(a[place]), int(b[place]), float(values[place])


def _candidates(
    upright: _Sketches, other: _Sketches, distance: int, threads: ThreadPoolExecutor
) -> tuple[np.ndarray, np.ndarray]:
    """Rows i < j of the likeliest candidates, at most `MOST`, the likeliest first."""
    count = len(upright.hashes)
    tiles = [
        (row, column)
        for row in range(0, count, TILE[0])
        for column in range(0, count, TILE[1])
        if column + TILE[1] > row
    ]
    i, j, score = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    for more in threads.map(lambda tile: _in_tile(upright, other, distance, *tile), tiles):
        i, j, score = np.append(i, more[0]), np.append(j, more[1]), np.append(score, more[2])
        if len(score) > 2 * MOST:
            order = np.argsort(-score, kind="stable")[:MOST]
            i, j, score = i[order], j[order], score[order]
    order = np.argsort(-score, kind="stable")[:MOST]
    return i[order], j[order]


def _in_tile(
    upright: _Sketches, other: _Sketches, distance: int, row: int, column: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Candidates i < j among some rows and columns, and the correlation of their detail."""
    codes = upright.hashes[row : row + TILE[0]], other.hashes[column : column + TILE[1]]
    i, j = close_pairs(*codes, distance, row, column)
    likely = upright.outline.dot(other.outline, i, j) >= OUTLINE
    i, j = i[likely], j[likely]
    score = upright.detail.dot(other.detail, i, j)
    return i[score >= ROUGH], j[score >= ROUGH], score[score >= ROUGH]


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
