"""Which images of a pool are memorised training photographs, and which leak a validation or test photograph.

An image's score is that against the photograph which it is likeliest a copy of. From when on it counts is calibrated on
real pairs: photographs of the training part against other objects of it (memorised) and against the held-out objects
(leaked), at a stated error rate. An image that was drawn from a photograph (img2img) resembles it by design: against
that photograph alone it counts only from a score of its own on, which edited files reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.prepared import Prepared
from kilnmix.common.paths import Fold
from kilnmix.config import CopySettings
from kilnmix.curation.copies import calibration
from kilnmix.curation.copies.search import BLOCK, Image, Search


@dataclass(frozen=True)
class Line:
    """From which score on an image is a copy, and how often an image of another object is beyond it."""

    threshold: float
    rate: float


@dataclass(frozen=True)
class Copies:
    """Of m images.

    Attributes:
        nearest, held_out: (m,) int64 rows of the collection, the likeliest original among training photographs and
            among validation and test photographs; -1 where none is alike.
        similarity, leak: (m,) float32 scores against them.
        memorised, leaked: (m,) bool.
    """

    nearest: np.ndarray
    similarity: np.ndarray
    held_out: np.ndarray
    leak: np.ndarray
    memorised: np.ndarray
    leaked: np.ndarray


class Comparison:
    """The photographs of a fold, with which images are compared block by block.

    Attributes:
        memory, leak: from when on an image is memorised, and leaked.
        twins: training photographs that are so near to one of another object that both must be one picture; they say
            nothing about different objects.
    """

    def __init__(self, photographs: Prepared, fold: Fold, settings: CopySettings) -> None:
        train = photographs.members(fold, "train")
        held_out = np.concatenate([photographs.members(fold, "val"), photographs.members(fold, "test")])
        self._settings = settings
        self._rows = {str(photographs.ids[row]): int(row) for row in train}
        self._train, self._held_out = Search(photographs.pixels, train), Search(photographs.pixels, np.sort(held_out))
        sample = train[np.linspace(0, len(train) - 1, min(len(train), settings.photographs)).astype(int)]
        objects = photographs.objects
        same = [frozenset(train[objects[train] == objects[row]].tolist()) for row in sample]
        own, other = self._scores(photographs.pixels, sample, same)
        self.twins = int((own >= settings.source).sum()) + int((other >= settings.source).sum())
        self.memory, self.leak = (self._line(scores[scores < settings.source]) for scores in (own, other))

    def _line(self, scores: np.ndarray) -> Line:
        threshold = calibration.threshold(scores, self._settings.error_rate, self._settings.least)
        return Line(threshold, calibration.exceeded(len(scores), self._settings.error_rate))

    def _scores(
        self, pixels: np.ndarray, rows: np.ndarray, same: Sequence[frozenset[int]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(n,) scores of training photographs against training photographs but `same`, and against held-out ones; none
        where there are none to compare with."""
        own, other = [np.empty(0, np.float32)], [np.empty(0, np.float32)]
        for start in range(0, len(rows), BLOCK):
            images = [Image(pixels[row]) for row in rows[start : start + BLOCK]]
            own.append(self._train.nearest(images, same[start : start + BLOCK]).scores)
            if len(self._held_out.rows):
                other.append(self._held_out.nearest(images).scores)
        return np.concatenate(own), np.concatenate(other)

    def compare(self, pixels: np.ndarray, sources: Sequence[str] = ()) -> Copies:
        """A block of images.

        Args:
            pixels: (m, S, S, 3) uint8; sources: (m,) ids of the photographs that they were drawn from, empty for none.
        """
        begun = [self._rows.get(name) for name in sources] or [None] * len(pixels)
        spared = [frozenset([row]) if row is not None else frozenset[int]() for row in begun]
        images = [Image(picture) for picture in pixels]
        near, far = self._train.nearest(images, spared), self._held_out.nearest(images)
        rows, scores, memorised = near.rows.copy(), near.scores.copy(), near.scores > self.memory.threshold
        for place, row in enumerate(begun):
            if row is None:
                continue
            likely = self._train.against(images[place], row)
            if likely > self._settings.source:
                memorised[place] = True
            if likely > scores[place]:
                rows[place], scores[place] = row, likely
        return Copies(rows, scores, far.rows, far.scores, memorised, far.scores > self.leak.threshold)

    def flags(self, memorised: int, leaked: int, images: int) -> tuple[str, ...]:
        """Of `memorised` and `leaked`, those that are more than errors make among so many images."""
        counted = (("memorised", memorised, self.memory), ("leaked", leaked, self.leak))
        return tuple(name for name, found, line in counted if calibration.more_than_chance(found, images, line.rate))


def joined(parts: Sequence[Copies]) -> Copies:
    """Blocks one after the other."""
    names = ("nearest", "similarity", "held_out", "leak", "memorised", "leaked")
    return Copies(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
