"""The photograph that each image is likeliest a copy of, and a score that says how likely.

Images come block by block and photographs are read when an image is laid on them finely, so that beyond sketches and
rough structures (13 and 14 kB a photograph) a block of images is held, whatever the size of pool and collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.curation.copies import laying
from kilnmix.curation.copies.evidence import Sight, likely
from kilnmix.curation.copies.sketches import Candidate, Sketches
from kilnmix.curation.copies.structure import small, structure

MOST, LEAST = 8, 0.6
"""Ways in which an image is laid on photographs, and their least similarity of sketches."""
ALIKE = 0.6
"""Correlation after the rough steps below which an image is no copy."""
TRIED, STAY = 2, 3
"""Rough steps after which only the ways that agree best are followed; how many of them."""
BLOCK = 64


class Image:
    """An image (S', S', 3) uint8, made ready to be compared with photographs; once, whatever it is compared with."""

    def __init__(self, picture: np.ndarray) -> None:
        self._sights = {False: Sight.of(small(picture))}
        self._levels: dict[bool, laying.Level] = {}
        self._fine: dict[bool, laying.Level] = {}

    @property
    def structure(self) -> np.ndarray:
        return self._sights[False].structure

    def sight(self, flipped: bool) -> Sight:
        if flipped not in self._sights:
            self._sights[flipped] = self._sights[False].mirrored()
        return self._sights[flipped]

    def rough_level(self, flipped: bool) -> laying.Level:
        if flipped not in self._levels:
            self._levels[flipped] = laying.rough_level(self.sight(flipped).structure)
        return self._levels[flipped]

    def fine_level(self, flipped: bool) -> laying.Level:
        if flipped not in self._fine:
            self._fine[flipped] = laying.fine_level(self.sight(flipped).structure)
        return self._fine[flipped]


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
        self._rough: list[np.ndarray] = []
        self._sketches = Sketches.draw(self._structures())

    def __getstate__(self) -> dict[str, object]:
        """For another process: photographs on disk are read there."""
        state = dict(vars(self))
        if isinstance(self._photographs, np.memmap):
            state["_photographs"] = Path(str(self._photographs.filename))
        return state

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        if isinstance(state["_photographs"], Path):
            self._photographs = np.load(state["_photographs"], mmap_mode="r")

    def _structures(self) -> Iterator[np.ndarray]:
        """The photographs' structures; keeps what laying begins with."""
        for row in range(len(self.rows)):
            whole = structure(self._picture(row))
            self._rough.append(laying.rough_photograph(whole).astype(np.float16))
            yield whole

    def _picture(self, row: int) -> np.ndarray:
        return small(np.asarray(self._photographs[self.rows[row]]))

    def nearest(self, images: Sequence[Image], unlike: Sequence[frozenset[int]] | None = None) -> Nearest:
        """The likeliest original of each image.

        Args:
            images: m of them.
            unlike: for each image the photographs, as rows of the collection, that it is not compared with; at most a
                handful.
        """
        rows, scores = np.full(len(images), -1, np.int64), np.zeros(len(images), np.float32)
        if not len(self.rows):
            return Nearest(rows, scores)
        for start in range(0, len(images), BLOCK):
            block = images[start : start + BLOCK]
            spared = list(unlike[start : start + BLOCK]) if unlike is not None else [frozenset[int]()] * len(block)
            most = MOST + 2 * max(map(len, spared))
            found = self._sketches.candidates([each.structure for each in block], most, LEAST)
            for place, candidates in enumerate(found):
                allowed = [each for each in candidates if int(self.rows[each.row]) not in spared[place]][:MOST]
                if allowed:
                    row, scores[start + place] = self._likeliest(block[place], allowed)
                    rows[start + place] = self.rows[row]
        return Nearest(rows, scores)

    def against(self, image: Image, row: int) -> float:
        """The score of an image against one photograph, which need not be the nearest."""
        place = int(np.flatnonzero(self.rows == row)[0])
        return self._likeliest(image, self._sketches.ways(image.structure, place))[1]

    def _likeliest(self, image: Image, candidates: Sequence[Candidate]) -> tuple[int, float]:
        """The candidate on which the image lies best after the rough steps, and its score after all.

        A copy lies so much better on its original than on others that the fine steps and the detail, which take most of
        the time, are worth their while for the best alone.
        """
        rough = {each.row: self._rough[each.row].astype(np.float32) for each in candidates}
        laid = [(each, each.place) for each in candidates]
        for steps, kept in ((TRIED, STAY), (laying.ROUGH_STEPS - TRIED, 1)):
            tried = []
            for each, place in laid:
                level = image.rough_level(each.flipped)
                moved = laying.lay(level, rough[each.row], place, steps)
                tried.append((laying.agreement(level, rough[each.row], moved), each, moved))
            tried.sort(key=lambda entry: -entry[0])
            laid = [(each, place) for _, each, place in tried[:kept]]
        best, place = laid[0]
        if tried[0][0] < ALIKE:
            return best.row, 0.0
        sight, picture = image.sight(best.flipped), self._picture(best.row)
        whole = laying.fine_photograph(structure(picture))
        fine = laying.lay(image.fine_level(best.flipped), whole, place, laying.FINE_STEPS)
        return best.row, likely(sight, picture, fine)
