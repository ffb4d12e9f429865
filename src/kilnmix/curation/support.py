"""How far the synthetic images of a pool and photographs cover each other in a feature space. Pure.

Precision and recall after Kynkaanniemi et al. 2019 (arXiv 1904.06991), equations 1 and 2; density and coverage after
Naeem et al. 2020 (arXiv 2002.09797), equations 3 and 4. All go by balls around points, each as wide as the way to the
point's k-th nearest neighbour of its own kind. Intervals are those of a bootstrap over images: photographs and their
balls stay as they are, so they tell how the pool would vary, not how another collection would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kilnmix.collection.prepared import Task
from kilnmix.common.seeds import rng
from kilnmix.curation import frechet, intervals
from kilnmix.curation.distance import kernel, kernel_distance
from kilnmix.curation.intervals import Interval

NEIGHBOURS = 5
"""k of the papers' evaluations of density and coverage."""
DRAWS = 200
MOST = 1500
"""Rows of either side at most, evenly spaced: pairs take memory, 110 MB for so many."""
NAMES = ("kid", "precision", "recall", "density", "coverage")
_LEAST, _MOST = np.array([-np.inf, 0, 0, 0, 0]), np.array([np.inf, 1, 1, np.inf, 1])


def measure(ours: np.ndarray, theirs: np.ndarray, random: np.random.Generator) -> Mapping[str, Interval]:
    """Name of `NAMES` -> its interval; empty where either side has no more than `NEIGHBOURS` rows.

    Args:
        ours: (n, d) features of synthetic images; theirs: (m, d) of photographs.
    """
    if min(len(ours), len(theirs)) <= NEIGHBOURS:
        return {}
    ours, theirs = _spread(ours), _spread(theirs)
    across = _distances(ours, theirs)
    inside, covered = across <= _radius(theirs)[None, :], across <= _radius(ours)[:, None]
    kernels = kernel(ours, ours), kernel(theirs, theirs), kernel(ours, theirs)
    every = np.arange(len(ours))
    whole = _values(every, inside, covered, kernels)
    draws = np.array(
        [_values(random.integers(0, len(ours), len(ours)), inside, covered, kernels) for _ in range(DRAWS)]
    )
    # A sample of the images holds fewer different ones than the pool, and so reaches fewer photographs: how the draws
    # spread is taken from them, not where they lie.
    spread = np.nanquantile(draws - np.nanmean(draws, axis=0), (0.025, 0.975), axis=0)
    low, high = (
        np.clip(whole + np.minimum(spread[0], 0), _LEAST, None),
        np.clip(whole + np.maximum(spread[1], 0), None, _MOST),
    )
    return {name: Interval(*map(float, row)) for name, row in zip(NAMES, np.stack([whole, low, high], 1), strict=True)}


@dataclass(frozen=True)
class Row:
    """What is known of a pool (no task) or of the images of a class: counts, and name of `NAMES` -> interval.

    Attributes:
        inception: of a pool `fid` and `kid` by Inception's features, where its weights are.
    """

    task: str
    label: str
    images: int
    photographs: int
    values: Mapping[str, Interval]
    inception: Mapping[str, float] = field(default_factory=dict)


def table(
    ours: np.ndarray, asked: np.ndarray, theirs: np.ndarray, labels: np.ndarray, tasks: Sequence[Task], seed: int
) -> list[Row]:
    """The pool as a whole, then every class of every task that images were asked for.

    Args:
        ours: (n, d) with labels (n, T) asked for; theirs: (m, d) with labels (m, T); -1 for none.
    """
    rows = [Row("", "", len(ours), len(theirs), measure(ours, theirs, rng(seed, "support")))]
    for column, task in enumerate(tasks):
        for place, label in enumerate(task.classes):
            mine, other = ours[asked[:, column] == place], theirs[labels[:, column] == place]
            if len(mine):
                values = measure(mine, other, rng(seed, "support", task.name, label))
                rows.append(Row(task.name, label, len(mine), len(other), values))
    return rows


def metrics(rows: Sequence[Row]) -> dict[str, float]:
    """Of the pool as a whole: `support.kid`, `support.kid.low`, `support.kid.high`, and so on."""
    return intervals.metrics(rows[0].values, "support.") | {
        f"inception.{name}": value for name, value in rows[0].inception.items()
    }


def by_inception(features: tuple[np.ndarray, np.ndarray] | None) -> dict[str, float]:
    """`fid` and `kid` of a pool by Inception's features of its images and of photographs; empty without."""
    if features is None or min(map(len, features)) < 2:
        return {}
    return {"fid": frechet.distance(*features), "kid": kernel_distance(*features)}


def sentence(row: Row) -> str:
    """How far a pool lies from the photographs, and by which features that is said; empty where nobody can say."""
    if row.inception:
        return f"FID {row.inception['fid']:.1f} and KID {row.inception['kid']:.4f} by Inception's features"
    if row.values:
        return f"KID {row.values['kid'].value:.3f} by the judges' features, as Inception's weights are not here"
    return ""


def _values(
    rows: np.ndarray, inside: np.ndarray, covered: np.ndarray, kernels: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> np.ndarray:
    """(5,) float64 of a sample of the images, rows (n,); an image drawn twice is no pair with itself."""
    counts = np.bincount(rows, minlength=len(inside)).astype(np.float64)
    ours, theirs, across = kernels
    n, m = len(rows), theirs.shape[0]
    pairs = n * n - (counts * counts).sum()
    within = counts @ ours @ counts - (counts * counts) @ np.diag(ours)
    real = (theirs.sum() - np.trace(theirs)) / (m * (m - 1))
    # A sample that holds one image alone has no pair: its kid is unknown.
    kid = within / pairs + real - 2 * (counts @ across).sum() / (n * m) if pairs else np.nan
    drawn = counts > 0
    return np.array(
        [
            kid,
            counts @ inside.any(axis=1) / n,
            covered[drawn].any(axis=0).mean(),
            counts @ inside.sum(axis=1) / (NEIGHBOURS * n),
            inside[drawn].any(axis=0).mean(),
        ]
    )


def _spread(features: np.ndarray) -> np.ndarray:
    return features[np.linspace(0, len(features) - 1, min(len(features), MOST)).astype(int)]


def _distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """(n, m) float64 Euclidean distances."""
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    square = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :] - 2 * a @ b.T
    return np.sqrt(np.maximum(square, 0.0))


def _radius(features: np.ndarray) -> np.ndarray:
    """(n,) way to the `NEIGHBOURS`-th nearest other row."""
    away = _distances(features, features)
    np.fill_diagonal(away, np.inf)
    return np.partition(away, NEIGHBOURS - 1, axis=1)[:, NEIGHBOURS - 1]
