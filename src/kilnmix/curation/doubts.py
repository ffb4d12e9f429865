"""Likely wrong labels, by what cross-fitted judges give them (`mislabelled`), for a person who looks at the pictures.

A label is in doubt when it is more probably wrong than right. That is stricter than confident learning (Northcutt,
Jiang and Chuang 2021), which lists what judges outvote: judges of few photographs outvote many a right label. Nothing
is changed; `pages/doubts.py` writes what the person sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.curation import mislabelled

FEWEST = 20
"""Labels of a task below which nothing is said."""
WRONG = 0.5
"""Probability of being wrong beyond which a label is listed."""


@dataclass(frozen=True)
class Doubt:
    """A label that is more probably wrong than right.

    Attributes:
        row: of the prepared collection.
        wrong: the probability that the label is wrong.
        given, likelier: class ids; given_probability, likelier_probability: what the judges give each.
        sure: what the table said of the row's labels, 0 where it names this one with doubt; nan where nothing.
    """

    row: int
    photograph: str
    task: str
    wrong: float
    given: str
    given_probability: float
    likelier: str
    likelier_probability: float
    sure: float


def find(
    prepared: Prepared,
    rows: np.ndarray,
    probabilities: Mapping[str, np.ndarray],
    tasks: Sequence[str] | None = None,
    seen: Mapping[str, np.ndarray] | None = None,
    doubted: Mapping[str, np.ndarray] | None = None,
) -> list[Doubt]:
    """The labels in doubt, task by task, the likeliest wrong first.

    Args:
        rows: (n,) int64 photographs that were judged.
        probabilities: task -> (n, C), each row from judges that did not see the row's object.
        tasks: those whose judges are worth listening to; none: all.
        seen: task -> (N, C) bool, whether the judge of a photograph was trained on each class; none: on all. A label of
            a class that its judge has not seen cannot be in doubt.
        doubted: task -> (N,) bool, whether the table itself names a label with doubt; none: no label.
    """
    doubts = []
    for task in prepared.tasks:
        if tasks is not None and task.name not in tasks:
            continue
        labels = prepared.labels[task.name][rows]
        if seen is not None:
            judged = seen[task.name][rows, np.maximum(labels, 0)]
            labels = np.where(judged, labels, MISSING)
        for place, wrong in issues(labels, probabilities[task.name]):
            chances = probabilities[task.name][place]
            other = int(np.argmax(np.where(np.arange(len(chances)) == labels[place], -1.0, chances)))
            row = int(rows[place])
            doubts.append(
                Doubt(
                    row=row,
                    photograph=str(prepared.ids[row]),
                    task=task.name,
                    wrong=wrong,
                    given=task.classes[labels[place]],
                    given_probability=float(chances[labels[place]]),
                    likelier=task.classes[other],
                    likelier_probability=float(chances[other]),
                    sure=0.0 if doubted is not None and doubted[task.name][row] else _confidence(prepared, row),
                )
            )
    return doubts


def _confidence(prepared: Prepared, row: int) -> float:
    return float("nan") if prepared.confidence is None else float(prepared.confidence[row])


def issues(labels: np.ndarray, probabilities: np.ndarray) -> list[tuple[int, float]]:
    """Places of labels in doubt and the probability that each is wrong, the likeliest wrong first.

    Args:
        labels: (n,) int64, -1 where not known. probabilities: (n, C), rows summing to 1.
    """
    known = np.flatnonzero(labels != MISSING)
    classes, compact = np.unique(labels[known], return_inverse=True)
    if len(known) < FEWEST or len(classes) < 2:
        return []
    chances = np.asarray(probabilities, np.float64)[np.ix_(known, classes)]
    chances = chances / np.maximum(chances.sum(axis=1, keepdims=True), 1e-12)
    wrong = mislabelled.estimate(compact, chances).wrong
    outvoted = chances.argmax(axis=1) != compact
    places = np.flatnonzero((wrong > WRONG) & outvoted)
    order = np.argsort(-wrong[places], kind="stable")
    return [(int(known[place]), float(wrong[place])) for place in places[order]]
