"""The photograph that each image is likeliest a copy of, and a score that says how likely.

Images come block by block and photographs are read when an image is laid on them, so that beyond the sketches (13 kB a
photograph) some `KEPT` photographs and a block of images are held, whatever the size of pool and collection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from kilnmix.curation.copies import laying
from kilnmix.curation.copies.evidence import Sight, correlations, score
from kilnmix.curation.copies.sketches import Candidate, Sketches
from kilnmix.curation.copies.structure import small, structure

MOST, LEAST = 4, 0.6
"""Photographs that an image is laid on, and their least similarity of sketches."""
KEPT = 256
BLOCK = 64


@dataclass(frozen=True)
class Nearest:
    """Of m images: (m,) int64 the photograph, -1 where none is alike, and (m,) float32 the score, 0 to 1."""

    rows: np.ndarray
    scores: np.ndarray


class Search:
    """Photographs made ready to be compared with.

    Args:
        photographs: (N, S, S, 3) uint8, possibly on disk; rows: (n,) those of it that are compared with.
    """

    def __init__(self, photographs: np.ndarray, rows: np.ndarray) -> None:
        self.rows = np.asarray(rows, np.int64)
        self._photographs = photographs
        self._sketches = Sketches.draw(photographs[row] for row in self.rows)
        self._laid: Callable[[int], tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]] = lru_cache(KEPT)(self._ready)

    def nearest(self, images: Sequence[Any] | np.ndarray, unlike: Sequence[frozenset[int]] | None = None) -> Nearest:
        """The likeliest original of each image.

        Args:
            images: (m, S', S', 3) uint8.
            unlike: for each image the photographs, as rows of the collection, that it is not compared with; at most a
                handful.
        """
        rows, scores = np.full(len(images), -1, np.int64), np.zeros(len(images), np.float32)
        if not len(self.rows):
            return Nearest(rows, scores)
        for start in range(0, len(images), BLOCK):
            sights = [Sight.of(small(picture)) for picture in images[start : start + BLOCK]]
            spared = list(unlike[start : start + BLOCK]) if unlike is not None else [frozenset[int]()] * len(sights)
            most = MOST + max(map(len, spared))
            found = self._sketches.candidates([each.structure for each in sights], most, LEAST)
            for place, candidates in enumerate(found):
                allowed = [each for each in candidates if int(self.rows[each.row]) not in spared[place]][:MOST]
                for row, likely in self._scores(sights[place], allowed):
                    if likely > scores[start + place] or rows[start + place] < 0:
                        rows[start + place], scores[start + place] = self.rows[row], likely
        return Nearest(rows, scores)

    def against(self, image: np.ndarray, row: int) -> float:
        """The score of an image (S', S', 3) uint8 against one photograph, which need not be the nearest."""
        sight = Sight.of(small(image))
        place = int(np.flatnonzero(self.rows == row)[0])
        ((_, likely),) = self._scores(sight, [self._sketches.candidate(sight.structure, place)])
        return likely

    def _scores(self, sight: Sight, candidates: Sequence[Candidate]) -> Iterator[tuple[int, float]]:
        seen: dict[bool, tuple[Sight, tuple[laying.Level, laying.Level]]] = {}
        for each in candidates:
            if each.flipped not in seen:
                turned = sight.mirrored() if each.flipped else sight
                seen[each.flipped] = turned, laying.levels(turned.structure)
            image, levels = seen[each.flipped]
            picture, blurred = self._laid(each.row)
            yield each.row, score(correlations(image, picture, laying.lay(levels, blurred, each.place)))

    def _ready(self, row: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        picture = small(np.asarray(self._photographs[self.rows[row]]))
        return picture, laying.blurred(structure(picture))
