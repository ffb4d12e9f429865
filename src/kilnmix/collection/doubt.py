"""Likely wrong labels, by confident learning (Northcutt, Jiang and Chuang 2021) on cross-fitted probabilities.

The rule is the one that cleanlab calls `confident_learning`: each class has a threshold, the mean probability that
photographs labelled so have for it; a photograph belongs confidently to the likeliest class whose threshold it reaches,
and where that is not its label, the label is in doubt. Nothing is changed: the list is for a person who looks at the
pictures, and `doubts.csv` and `doubts.html` are what they see.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.collection.datacard import Thumbnail, environment, thumbnail
from kilnmix.collection.prepared import MISSING, Prepared

FEWEST = 20
"""Labels of a task below which nothing is said."""
MOST_SHOWN = 200


@dataclass(frozen=True)
class Doubt:
    """A label that the judges of other objects do not believe.

    Attributes:
        row: of the prepared collection.
        given, likelier: class ids; given_probability, likelier_probability: what the judges give each.
        sure: what the table said of the row's labels, nan where nothing.
    """

    row: int
    photograph: str
    task: str
    given: str
    given_probability: float
    likelier: str
    likelier_probability: float
    sure: float


def find(
    prepared: Prepared, rows: np.ndarray, probabilities: Mapping[str, np.ndarray], tasks: Sequence[str] | None = None
) -> list[Doubt]:
    """The labels in doubt, task by task, the least believed first.

    Args:
        rows: (n,) int64 photographs that were judged.
        probabilities: task -> (n, C), each row from judges that did not see the row's object.
        tasks: those whose judges are worth listening to; none: all.
    """
    doubts = []
    for task in prepared.tasks:
        if tasks is not None and task.name not in tasks:
            continue
        labels = prepared.labels[task.name][rows]
        for place in issues(labels, probabilities[task.name]):
            chances = probabilities[task.name][place]
            other = int(np.argmax(np.where(np.arange(len(chances)) == labels[place], -1.0, chances)))
            row = int(rows[place])
            doubts.append(
                Doubt(
                    row=row,
                    photograph=str(prepared.ids[row]),
                    task=task.name,
                    given=task.classes[labels[place]],
                    given_probability=float(chances[labels[place]]),
                    likelier=task.classes[other],
                    likelier_probability=float(chances[other]),
                    sure=float("nan") if prepared.confidence is None else float(prepared.confidence[row]),
                )
            )
    return doubts


def issues(labels: np.ndarray, probabilities: np.ndarray) -> list[int]:
    """Places of likely wrong labels, the least believed first: off the diagonal of the confident joint (section 3.1 of
    the paper) and outvoted by the class that they confidently belong to. No threshold is below chance.

    Args:
        labels: (n,) int64, -1 where not known. probabilities: (n, C), rows summing to 1.
    """
    known = np.flatnonzero(labels != MISSING)
    classes, compact = np.unique(labels[known], return_inverse=True)
    if len(known) < FEWEST or len(classes) < 2:
        return []
    chances = np.asarray(probabilities, np.float64)[np.ix_(known, classes)]
    chances = chances / np.maximum(chances.sum(axis=1, keepdims=True), 1e-12)
    believed = chances[np.arange(len(known)), compact]
    thresholds = np.bincount(compact, believed) / np.bincount(compact)
    reached = chances >= np.maximum(thresholds, 1 / len(classes)) - 1e-6
    confident = np.where(reached, chances, -1.0).argmax(axis=1)
    wrong = reached.any(axis=1) & (confident != compact) & (chances.argmax(axis=1) != compact)
    places = np.flatnonzero(wrong)
    return [int(known[place]) for place in places[np.argsort(believed[places], kind="stable")]]


def write(folder: Path, prepared: Prepared, doubts: Sequence[Doubt]) -> None:
    """`doubts.csv` and `doubts.html` in a folder."""
    header = ["photograph", "task", "given", "given_probability", "likelier", "likelier_probability", "sure"]
    with (folder / "doubts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for doubt in doubts:
            sure = "" if np.isnan(doubt.sure) else f"{doubt.sure:g}"
            numbers = (f"{doubt.given_probability:.3f}", f"{doubt.likelier_probability:.3f}")
            said = [doubt.photograph, doubt.task, doubt.given, numbers[0], doubt.likelier, numbers[1], sure]
            writer.writerow(said)
    shown: dict[str, list[tuple[Doubt, Thumbnail]]] = {}
    for doubt in doubts:
        entries = shown.setdefault(doubt.task, [])
        if len(entries) < MOST_SHOWN:
            entries.append((doubt, thumbnail(prepared.pixels[doubt.row], doubt.photograph)))
    page = environment().get_template("doubts.html").render(shown=shown)
    (folder / "doubts.html").write_text(page, encoding="utf-8")
