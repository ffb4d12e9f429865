"""What is seen of a pool before anything is decided: copies, the judges' opinion, quality, features.

Images are read once, a block at a time: beyond the photographs' descriptors a block of images is held, the judges'
features (a few kB an image) and a few numbers of each, never the pool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kilnmix.classifier.results import Predictions
from kilnmix.collection.prepared import Prepared
from kilnmix.common.paths import Fold
from kilnmix.config import CurationSettings
from kilnmix.curation import distance, inception, quality
from kilnmix.curation.copies.find import Comparison, Copies, joined
from kilnmix.curation.judges import Judges, Opinion, Panel
from kilnmix.generator.pool import Pool

BLOCK = 128
"""Images that are read at once: 100 MB at 512 pixels."""
NEIGHBOURS = 3
"""Photographs that the gallery shows beside an image."""


@dataclass(frozen=True)
class Features:
    """Features by the first judge, standardised by the photographs that it was not trained on.

    Attributes:
        ours: (m, d) of the pool's images; real: (n, d) of those photographs; rows: (n,) their rows.
    """

    ours: np.ndarray
    real: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, photographs: Prepared, judges: Judges, panel: Panel, opinion: Opinion) -> Features:
        rows = judges.unseen_by_first()
        parts = [
            panel.features(photographs.pixels[rows[start : start + BLOCK]]) for start in range(0, len(rows), BLOCK)
        ]
        real, ours = distance.standardise(np.concatenate(parts), opinion.features)
        return cls(ours, real, rows)

    def neighbours(self) -> np.ndarray:
        """(m, NEIGHBOURS) rows of the photographs with the nearest features."""
        return self.rows[distance.nearest(self.ours, self.real, NEIGHBOURS)]


@dataclass(frozen=True)
class Observations:
    """What is seen of the m images of a pool.

    Attributes:
        comparison: with the fold's photographs; near: the likeliest originals and which images are copies.
        opinion: of the judges; crossfitted: of the training photographs, each by a judge that was not trained on it.
        measured: the images' quality; faults: name -> (m,) bool.
        inception: Inception's features of the images and of the training photographs, where its weights are.
    """

    comparison: Comparison
    near: Copies
    opinion: Opinion
    crossfitted: Predictions
    measured: quality.Quality
    faults: Mapping[str, np.ndarray]
    features: Features
    inception: tuple[np.ndarray, np.ndarray] | None = None


# Six parameters: the data of one fold, each read once by the stage.
def observe(
    settings: CurationSettings,
    photographs: Prepared,
    fold: Fold,
    pool: Pool,
    judges: Judges,
    progress: Callable[[int], object],
) -> Observations:
    """Looks at a pool beside the fold's photographs.

    Args:
        settings: what is a copy (`copies`) and what a fault (`quality.error_rate`).
        progress: told how many more images have been looked at.
    """
    comparison, panel = Comparison(photographs, fold, settings.copies), judges.panel()
    file = inception.weights(settings.inception)
    network = inception.load(file) if file is not None else None
    side, copied, opinions, seen, extracted = 0, [], [], [], []
    for start, pixels in blocks(pool):
        side = side or pixels.shape[1]
        copied.append(comparison.compare(pixels, pool.sources[start : start + len(pixels)]))
        opinions.append(panel.ask(pixels))
        seen.append(quality.measure(pixels, min(side, quality.SIDE)))
        if network is not None:
            extracted.append(inception.features(network, pixels))
        progress(len(pixels))
    opinion, measured = Opinion.joined(opinions), quality.joined(seen)
    train = photographs.members(fold, "train")
    beside = None
    if network is not None:
        real = [
            inception.features(network, photographs.pixels[rows])
            for rows in np.split(train, range(BLOCK, len(train), BLOCK))
        ]
        beside = np.concatenate(extracted), np.concatenate(real)
    usual = quality.usual(
        quality.measure((photographs.pixels[row] for row in train), min(side, quality.SIDE)),
        settings.quality.error_rate,
    )
    return Observations(
        comparison,
        joined(copied),
        opinion,
        judges.crossfitted(),
        measured,
        quality.faults(measured, usual),
        Features.of(photographs, judges, panel, opinion),
        beside,
    )


def blocks(pool: Pool) -> Iterator[tuple[int, np.ndarray]]:
    """The pool's pictures (b, S, S, 3) uint8, `BLOCK` at a time, with the row that each block begins with."""
    for start in range(0, len(pool), BLOCK):
        yield start, pool.pictures(range(start, min(start + BLOCK, len(pool))))
