"""What is seen of a pool before anything is decided: copies, the judges' opinion, quality, features.

Images are read once, a block at a time: beyond the photographs' descriptors a block of images is held, the judges'
features (a few kB an image) and a few numbers of each, never the pool.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kilnmix.classifier.results import Predictions
from kilnmix.collection.prepared import Prepared
from kilnmix.common import seeds
from kilnmix.common.paths import Fold
from kilnmix.config import CurationSettings
from kilnmix.curation import detector, distance, inception, looking, quality, spoiled
from kilnmix.curation.copies.find import Comparison, Copies, joined
from kilnmix.curation.judges import Judges, Opinion, Panel
from kilnmix.curation.looking import BLOCK
from kilnmix.generator.pool import Pool

USUAL = 1000
"""Photographs at most that say what is usual."""
SPOILED = 200
"""Photographs at most that are spoiled to learn what a fault looks like."""
DOUBLED = 3
"""Others whose vessels are put beside a photograph's."""
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
    def of(cls, ours: np.ndarray, real: np.ndarray, rows: np.ndarray) -> Features:
        """Of features as the judge gives them."""
        real, ours = distance.standardise(real, ours)
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


# Seven parameters: the data of one fold, each read once by the stage, and the seed.
def observe(
    settings: CurationSettings,
    photographs: Prepared,
    fold: Fold,
    pool: Pool,
    judges: Judges,
    seed: int,
    progress: Callable[[int], object],
) -> Observations:
    """Looks at a pool beside the fold's photographs.

    Args:
        settings: what is a copy (`copies`) and what a fault (`quality.error_rate`).
        seed: of the study, from which that of each spoiled photograph is derived.
        progress: told how many more images have been looked at.
    """
    comparison, panel = Comparison(photographs, fold, settings.copies), judges.panel()
    file = inception.weights(settings.inception)
    network = inception.load(file) if file is not None else None
    opinions, extracted = [], []

    def ask(start: int, pixels: np.ndarray) -> None:
        opinions.append(panel.ask(pixels))
        if network is not None:
            extracted.append(inception.features(network, pixels))

    side = pool.picture(0).shape[0]
    train, rows = photographs.members(fold, "train"), judges.unseen_by_first()

    @functools.cache
    def known() -> tuple[np.ndarray, quality.Usual, dict[str, Callable[[np.ndarray], np.ndarray]]]:
        """What photographs tell beside the images: features, what is usual, what tells a fault."""
        sample = (photographs.pixels[row] for row in train[_spread(len(train), USUAL)])
        usual = quality.usual(quality.measure(sample, min(side, quality.SIDE)), settings.quality.error_rate)
        real = np.concatenate([panel.features(part) for part in _parts(photographs, rows)])
        return real, usual, _learnt(photographs, rows, real, panel, settings.quality.error_rate, seed)

    seen = looking.look(looking.Looker(comparison, pool, side), ask, progress, besides=known)
    opinion, measured = Opinion.joined(opinions), quality.joined(each.quality for each in seen)
    beside = None
    if network is not None:
        of_photographs = [inception.features(network, part) for part in _parts(photographs, train)]
        beside = np.concatenate(extracted), np.concatenate(of_photographs)
    real, usual, learnt = known()
    faults = quality.faults(measured, usual)
    for name, told in learnt.items():
        faults[name] = faults[name] | told(opinion.features)
    return Observations(
        comparison,
        joined([each.copies for each in seen]),
        opinion,
        judges.crossfitted(),
        measured,
        faults,
        Features.of(opinion.features, real, rows),
        beside,
    )


def _learnt(
    photographs: Prepared, rows: np.ndarray, real: np.ndarray, panel: Panel, error_rate: float, seed: int
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Fault -> what tells it by the judge's features, learnt from photographs of `rows` (features `real`) and the same
    spoiled."""
    chosen = _spread(len(rows), SPOILED)
    made: dict[str, list[np.ndarray]] = {"empty": [], "doubled": []}
    for number in chosen:
        picture = photographs.pixels[rows[number]]
        random = seeds.rng(seed, "spoiled", str(photographs.ids[rows[number]]))
        others = random.choice(np.setdiff1d(chosen, number), min(DOUBLED, len(chosen) - 1), replace=False)
        empty = spoiled.emptied(picture, random)
        pairs = (spoiled.doubled(picture, photographs.pixels[rows[other]], empty, random) for other in others)
        made["empty"] += [] if empty is None else [empty]
        made["doubled"] += [pair for pair in pairs if pair is not None]
    found: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
    for name, pictures in made.items():
        if not pictures:
            continue
        features = np.concatenate(
            [panel.features(np.stack(pictures[start : start + BLOCK])) for start in range(0, len(pictures), BLOCK)]
        )
        learnt = detector.learn(real[chosen], features, error_rate)
        if learnt is not None:
            found[name] = learnt.told
    return found


def _spread(count: int, most: int) -> np.ndarray:
    """At most so many of `count` places, evenly spread."""
    return np.linspace(0, count - 1, min(count, most)).astype(int)


def _parts(photographs: Prepared, rows: np.ndarray) -> Iterator[np.ndarray]:
    """The pictures (b, S, S, 3) of rows (n,), `BLOCK` at a time."""
    for start in range(0, len(rows), BLOCK):
        yield photographs.pixels[rows[start : start + BLOCK]]
