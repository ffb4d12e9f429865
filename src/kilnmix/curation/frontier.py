"""Authenticity against diversity: what small pools are like, by how they are drawn and how strictly they are chosen.

A pool that is guided more shows its labels more clearly and covers less of what there is; so does one that is chosen
more strictly. A point is a pool at one strictness: the share of its images that is left out, those to which half of the
judges give the labels asked for the lowest probability. The other judges say how often what is left shows its labels.

reports/frontier/points.csv: fold, adapter, guidance, scale (of the adapter), strictness, images drawn and kept, then
for each of `NAMES` the value and its bounds, empty where unknown; images that the gain is of, and the digest of what
the point was measured with. It keeps the points of earlier calls.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from filelock import FileLock

from kilnmix.collection.prepared import MISSING
from kilnmix.common import csv_files, digests, files, manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import PREPARED, REPORTS, output
from kilnmix.common.readers import read_csv, understood
from kilnmix.config import Params
from kilnmix.curation import intervals, support
from kilnmix.curation.fidelity import Judgement, wilson
from kilnmix.curation.intervals import Interval

POINTS = REPORTS / "frontier" / "points.csv"
NAMES = ("fidelity", "memorised", *support.NAMES, "gain")
REMEDY = "Run `kilnmix frontier`, which makes it anew."
_PLACE = ("fold", "adapter", "guidance", "scale", "strictness", "drawn", "kept")
_OF_GAIN, _STATE = "gain_images", "state"


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
        state: digest of the adapter, collection and settings that it was measured with (`state_of`).
        gain_images: of the point that the gain was measured with; 0 without a gain.
    """

    fold: int
    adapter: int
    guidance: float
    scale: float
    strictness: float
    drawn: int
    kept: int
    values: Mapping[str, Interval]
    state: str = ""
    gain_images: int = 0

    @property
    def place(self) -> tuple[float, ...]:
        """What tells points of one state apart: how they were drawn and chosen."""
        return (self.fold, self.adapter, self.guidance, self.scale, self.strictness, self.drawn)

    @property
    def metrics(self) -> dict[str, float]:
        """For MLflow: `fidelity`, `fidelity.low`, `fidelity.high`, and so on."""
        return {"drawn": float(self.drawn), "kept": float(self.kept), **intervals.metrics(self.values)}

    def gained(self, gain: Interval, images: int) -> Point:
        return replace(self, values={**self.values, "gain": gain}, gain_images=images)


def state_of(params: Params, fold: int, adapter: int) -> str:
    """Digest of all that a point follows from besides how it is drawn and chosen: adapter, collection, settings, and
    the code that measures."""
    draw = params.generator.draw.model_dump(mode="json", exclude={"guidance", "images", "batch_size", "part"})
    return digests.of_state(
        generator={**params.generator.model_dump(mode="json"), "draw": draw},
        curation=params.curation.model_dump(mode="json", exclude={"strategy", "keep", "group_by", "vetoes"}),
        classifier=params.classifier.model_dump(mode="json", exclude={"runs_at_once", "device"}),
        rules=digests.of_files(params.collection.rules),
        seed=params.seed,
        outputs=[
            digests.of_files(folder / manifest.MANIFEST)
            for folder in (PREPARED, output("judge", fold), output("finetune", fold, adapter))
        ],
        code=digests.of_code("kilnmix.curation.frontier", "kilnmix.curation.observation"),
    )[:16]


def current(params: Params, points: Sequence[Point]) -> list[Point]:
    """Those of this study's adapters whose state is what it is now."""
    pairs = {(point.fold, point.adapter) for point in points}
    known = {pair for pair in pairs if pair[0] in params.folds and pair[1] in params.adapters}
    states = {pair: state_of(params, *pair) for pair in known}
    return [point for point in points if point.state and states.get((point.fold, point.adapter)) == point.state]


def merged(path: Path, points: Sequence[Point]) -> list[Point]:
    """Adds points to a table, in front; returns all of it.

    A point takes the place of an earlier one that was drawn and chosen in the same way. Where it has no gain, it keeps
    that of the earlier one if the state is the same. A table that cannot be read is put aside, which stderr says.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Calls for other adapters may write at the same time.
    with FileLock(path.with_name(f".{path.name}.lock")):
        try:
            before = {point.place: point for point in read(path)}
        except UserError:
            aside = files.free(path.with_name(f"{path.name}.damaged"))
            path.rename(aside)
            print(f"kilnmix: {path} could not be read; it is kept in {aside}.", file=sys.stderr)
            before = {}
        new = [_with_gain(point, before.pop(point.place, None)) for point in points]
        write(path, [*new, *before.values()])
        # As the table has them, so that a gain that is kept is the same number in every call.
        return read(path)


def _with_gain(point: Point, before: Point | None) -> Point:
    if before is None or before.state != point.state or "gain" in point.values or "gain" not in before.values:
        return point
    return point.gained(before.values["gain"], before.gain_images)


def comparable(points: Sequence[Point]) -> list[Point]:
    """The points that may be shown side by side: of the first one's adapter and number of images, and with gains of as
    many images as the first gain."""
    own = [point for point in points if (point.fold, point.adapter, point.drawn) == _pool(points[0])] if points else []
    images = next((point.gain_images for point in own if "gain" in point.values), 0)
    return [
        point
        if point.gain_images == images
        else replace(point, values={n: value for n, value in point.values.items() if n != "gain"}, gain_images=0)
        for point in own
    ]


def _pool(point: Point) -> tuple[int, int, int]:
    return (point.fold, point.adapter, point.drawn)


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
    path.parent.mkdir(parents=True, exist_ok=True)
    csv_files.write(path, [*_PLACE, *intervals.columns(NAMES), _OF_GAIN, _STATE], map(_cells, points))


def _cells(point: Point) -> list[str]:
    place = [f"{getattr(point, name):g}" for name in _PLACE]
    gain = str(point.gain_images) if point.gain_images else ""
    return [*place, *intervals.cells(point.values, NAMES), gain, point.state]


def read(path: Path) -> list[Point]:
    """What `write` wrote; empty where there is nothing. Points of before have no state.

    Raises:
        UserError: the table is damaged, or holds what is no finite number.
    """
    if not path.exists():
        return []
    rows = read_csv(path, [*_PLACE, *intervals.columns(NAMES)], REMEDY)
    with understood(path, REMEDY):
        return [_point(row) for row in rows]


def _point(row: Mapping[str, str]) -> Point:
    guidance, scale, strictness = (intervals.number(row, name) for name in ("guidance", "scale", "strictness"))
    return Point(
        int(row["fold"]), int(row["adapter"]), guidance, scale, strictness, int(row["drawn"]), int(row["kept"]),
        intervals.read(row, NAMES), row.get(_STATE) or "", int(row.get(_OF_GAIN) or 0),
    )  # fmt: skip
