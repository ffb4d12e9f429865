"""What single classes gained in several studies, by class size and by alignment. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from kilnmix.report.guidelines.summaries import StudySummary

SIZES = (0, 10, 30, 100)
"""Lower ends of the bins of training objects; the last has no upper end."""
ALIGNMENTS = (0.0, 0.4, 0.6, 0.8, 1.0)
"""Ends of the bins of alignment."""
LEAST = 3
"""Fewest collections that make an interval."""


@dataclass(frozen=True)
class ClassGain:
    """One class of one study: difference of F1 (a fraction), training objects and alignment, NaN where not known."""

    study: str
    collection: str
    task: str
    name: str
    delta: float
    training: float
    alignment: float


@dataclass(frozen=True)
class Bin:
    """The mean difference of the classes in a bin; low, high: 95 % t interval over collections, None with too
    few."""

    classes: int
    collections: int
    mean: float
    low: float | None
    high: float | None


def common_pair(studies: Sequence[StudySummary]) -> tuple[str, str] | None:
    """The pair (arm, `real`) that most collections have; of equals the pair with the higher share in its name."""
    found = {(study.collection, row["arm"], row["reference"]) for study in studies for row in study.classes}
    counts = Counter((arm, reference) for _, arm, reference in found if reference == "real")
    return max(counts, key=lambda pair: (counts[pair], _share(pair[0])), default=None)


def _share(arm: str) -> float:
    """The share that a name like mix-90-10 tells; 0 for other names."""
    last = arm.rsplit("-", 1)[-1]
    return float(last) if last.isdecimal() else 0.0


def gains(studies: Sequence[StudySummary], pair: tuple[str, str]) -> list[ClassGain]:
    """The classes of all studies that have the pair."""
    return [
        ClassGain(
            study.name,
            study.collection,
            row["task"],
            row["class"],
            float(row["delta"]),
            _number(row.get("training")),
            _number(row.get("alignment")),
        )
        for study in studies
        for row in study.classes
        if (row["arm"], row["reference"]) == pair and row["delta"]
    ]


def _number(cell: str | None) -> float:
    return float(cell) if cell else math.nan


def of_size(members: Sequence[ClassGain], place: int) -> list[ClassGain]:
    """Those in a bin of `SIZES`."""
    upper = SIZES[place + 1] if place + 1 < len(SIZES) else math.inf
    return [gain for gain in members if SIZES[place] <= gain.training < upper]


def of_alignment(members: Sequence[ClassGain], low: float, high: float) -> list[ClassGain]:
    """Those in a bin of `ALIGNMENTS`; the last bin holds its upper end."""
    return [gain for gain in members if low <= gain.alignment < high or gain.alignment == high == ALIGNMENTS[-1]]


def binned(members: Sequence[ClassGain]) -> Bin | None:
    """The mean over collections of the mean over each one's studies of each study's mean, so that neither a study with
    many classes nor photographs with many studies drown the others."""
    if not members:
        return None
    by_study: dict[str, dict[str, list[float]]] = {}
    for gain in members:
        by_study.setdefault(gain.collection, {}).setdefault(gain.study, []).append(gain.delta)
    means = [float(np.mean([np.mean(deltas) for deltas in own.values()])) for own in by_study.values()]
    mean = float(np.mean(means))
    low = high = None
    if len(means) >= LEAST:
        half = float(stats.t.isf(0.025, len(means) - 1)) * float(np.std(means, ddof=1)) / math.sqrt(len(means))
        low, high = mean - half, mean + half
    classes = len({(gain.collection, gain.task, gain.name) for gain in members})
    return Bin(classes, len(means), mean, low, high)
