"""Authenticity against diversity: what small pools are like, by how they are drawn and how strictly they are chosen.

A pool that is guided more shows its labels more clearly and covers less of what there is; so does one that is chosen
more strictly. A point is a pool at one strictness: the share of its images that is left out, those to which half of the
judges give the labels asked for the lowest probability. The other judges say how often what is left shows its labels.

reports/frontier/points.csv: fold, adapter, guidance, scale (of the adapter), strictness, images drawn and kept, then
for each of `NAMES` the value and its bounds, empty where unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kilnmix.collection.prepared import MISSING
from kilnmix.common import csv_files
from kilnmix.common.paths import REPORTS
from kilnmix.common.readers import read_csv, understood
from kilnmix.curation import support
from kilnmix.curation.fidelity import Judgement, wilson
from kilnmix.curation.support import Interval

POINTS = REPORTS / "frontier" / "points.csv"
NAMES = ("fidelity", "memorised", *support.NAMES, "gain")
REMEDY = "Run `kilnmix frontier`, which makes it anew."
_PLACE = ("fold", "adapter", "guidance", "scale", "strictness", "drawn", "kept")
_BOUNDS = ("", "_low", "_high")


@dataclass(frozen=True)
class Point:
    """A small pool at one strictness.

    Attributes:
        fold, adapter, guidance, scale, strictness: how it was drawn and chosen.
        drawn, kept: images.
        values: name of `NAMES` -> interval. `fidelity`: share of labels on which the judges that
            did not choose agree, of the images kept;
            `memorised`: share of the images drawn that are copies of training photographs; those of `support` of the
            images kept; `gain`: of validation macro-F1 over photographs alone, a fraction.
    """

    fold: int
    adapter: int
    guidance: float
    scale: float
    strictness: float
    drawn: int
    kept: int
    values: Mapping[str, Interval]

    @property
    def metrics(self) -> dict[str, float]:
        """For MLflow: `fidelity`, `fidelity.low`, `fidelity.high`, and so on."""
        bounds = {"": "value", ".low": "low", ".high": "high"}
        found = {f"{name}{end}": getattr(own, key) for name, own in self.values.items() for end, key in bounds.items()}
        return {"drawn": float(self.drawn), "kept": float(self.kept), **found}

    def gained(self, gain: Interval) -> Point:
        return replace(self, values={**self.values, "gain": gain})


def agreement(
    judgements: Mapping[str, Judgement], asked: np.ndarray, rows: np.ndarray, floor: float
) -> Interval | None:
    """How often judges agree with the labels of the images `rows` (k,), with a 95 % interval over images.

    An image counts with the share of its labels that judges see; shares spread no more than hits do, so that Wilson's
    interval is wide enough.

    Tasks whose judges are worth less than `floor` are left out; None where nothing is left.

    Args:
        asked: (m, T) int64, -1 where no label was asked for.
    """
    trusted = np.array([judgement.skill >= floor for judgement in judgements.values()])
    agreed = np.stack([judgement.agreed for judgement in judgements.values()], axis=1)
    known = (asked != MISSING) & trusted
    rows = rows[known[rows].any(axis=1)]
    if not len(rows):
        return None
    each = (agreed & known)[rows].sum(axis=1) / known[rows].sum(axis=1)
    return Interval(float(each.mean()), *wilson(float(each.sum()), len(each)))


def share(hits: np.ndarray) -> Interval:
    """The share of (m,) bool with its 95 % interval."""
    return Interval(float(hits.mean()), *wilson(int(hits.sum()), len(hits)))


def write(path: Path, points: Sequence[Point]) -> None:
    columns = [f"{name}{bound}" for name in NAMES for bound in _BOUNDS]
    path.parent.mkdir(parents=True, exist_ok=True)
    csv_files.write(path, [*_PLACE, *columns], map(_cells, points))


def _cells(point: Point) -> list[str]:
    found = [point.values.get(name) for name in NAMES]
    numbers = [number for own in found for number in ((own.value, own.low, own.high) if own else [None] * 3)]
    place = [f"{getattr(point, name):g}" for name in _PLACE]
    return [*place, *("" if number is None else f"{number:.6f}" for number in numbers)]


def read(path: Path) -> list[Point]:
    """What `write` wrote; empty where there is nothing.

    Raises:
        UserError: the table is damaged.
    """
    if not path.exists():
        return []
    rows = read_csv(path, [*_PLACE, *(f"{name}{bound}" for name in NAMES for bound in _BOUNDS)], REMEDY)
    with understood(path, REMEDY):
        return [_point(row) for row in rows]


def _point(row: Mapping[str, str]) -> Point:
    values = {name: Interval(*(float(row[f"{name}{bound}"]) for bound in _BOUNDS)) for name in NAMES if row[name]}
    return Point(
        int(row["fold"]), int(row["adapter"]), float(row["guidance"]), float(row["scale"]), float(row["strictness"]),
        int(row["drawn"]), int(row["kept"]), values,
    )  # fmt: skip
