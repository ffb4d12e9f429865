"""What duplicates mean for a collection: exact copies become one, contradictions are set aside, views are grouped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kilnmix.collection.pictures.duplicates import Pair, groups
from kilnmix.collection.prepared import MISSING, Task
from kilnmix.collection.tables.listing import Rejection, Row


@dataclass(frozen=True)
class Conflict:
    """Two photographs of one picture whose labels contradict each other."""

    first: str
    second: str
    task: str
    labels: tuple[str, str]
    similarity: float


@dataclass
class Cleaned:
    """What is left of N decoded rows.

    Attributes:
        keep: (N,) bool.
        labels: (N, T) int64; a kept row has what its exact copies knew beside its own.
        groups: (N,) int64, the same number for rows of one object.
        givers: (N, T) int64, the row that each label was read from: the row itself or an exact copy.
    """

    keep: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    givers: np.ndarray
    conflicts: list[Conflict] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


def clean(
    rows: Sequence[Row],
    tasks: Sequence[Task],
    labels: np.ndarray,
    pairs: Sequence[Pair],
    exact: str = "one",
    certain: float = 0.0,
) -> Cleaned:
    """Sets contradictions aside, keeps one of each set of exact copies, and groups the rest.

    Args:
        labels: (N, T) int64, -1 where not known.
        pairs: rows that show one picture.
        exact: `one` keeps the first of exact copies, with the labels of all; `all` keeps every one.
        certain: similarity from which a pair's labels must agree.
    """
    labels = labels.copy()
    keep = np.ones(len(rows), bool)
    givers = np.repeat(np.arange(len(rows))[:, None], labels.shape[1], axis=1)
    cleaned = Cleaned(keep, labels, object_groups(rows, pairs), givers)
    _set_conflicts_aside(cleaned, rows, tasks, [pair for pair in pairs if pair.exact or pair.similarity >= certain])
    if exact == "one":
        _merge_copies(cleaned, rows, pairs)
    return cleaned


def object_groups(rows: Sequence[Row], pairs: Sequence[Pair]) -> np.ndarray:
    """(N,) int64: rows joined by one object id within one source, or by showing one picture."""
    by_object: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        if row.object:
            by_object[row.source, row.object].append(number)
    links = [(members[0], other) for members in by_object.values() for other in members[1:]]
    return groups(len(rows), [*links, *((pair.first, pair.second) for pair in pairs)])


def _set_conflicts_aside(cleaned: Cleaned, rows: Sequence[Row], tasks: Sequence[Task], pairs: Sequence[Pair]) -> None:
    """Both photographs of a contradicting pair go, and so do exact copies of them."""
    components = groups(len(rows), ((pair.first, pair.second) for pair in pairs if pair.exact))
    bad: dict[int, Conflict] = {}
    same_picture = [(pair.first, pair.second, pair.similarity) for pair in pairs]
    copies = defaultdict(list)
    for row, component in enumerate(components):
        copies[component].append(row)
    for members in copies.values():
        same_picture += [(a, b, 1.0) for place, a in enumerate(members) for b in members[place + 1 :]]
    for a, b, similarity in sorted(set(same_picture)):
        ours, theirs = cleaned.labels[a], cleaned.labels[b]
        for column in np.flatnonzero((ours != theirs) & (ours != MISSING) & (theirs != MISSING)).tolist():
            task = tasks[column]
            said = (task.classes[ours[column]], task.classes[theirs[column]])
            conflict = Conflict(rows[a].image, rows[b].image, task.name, said, similarity)
            cleaned.conflicts.append(conflict)
            for row in {*copies[components[a]], *copies[components[b]]}:
                bad.setdefault(row, conflict)
    for row, conflict in sorted(bad.items()):
        cleaned.keep[row] = False
        detail = (
            f"{conflict.first} and {conflict.second} are the same picture, but {conflict.task} is {conflict.labels[0]} "
            f"in the one and {conflict.labels[1]} in the other"
        )
        cleaned.rejected.append(Rejection(rows[row].line, rows[row].image, "conflict", detail))


def _merge_copies(cleaned: Cleaned, rows: Sequence[Row], pairs: Sequence[Pair]) -> None:
    for pair in pairs:
        if not pair.exact or not cleaned.keep[pair.first] or not cleaned.keep[pair.second]:
            continue
        first, second = cleaned.labels[pair.first], cleaned.labels[pair.second]
        unknown = first == MISSING
        first[unknown] = second[unknown]
        cleaned.givers[pair.first][unknown] = cleaned.givers[pair.second][unknown]
        cleaned.keep[pair.second] = False
        row = rows[pair.second]
        detail = f"the same file as {rows[pair.first].image}, which is kept"
        cleaned.rejected.append(Rejection(row.line, row.image, "exact-duplicate", detail))


def keys(rows: Sequence[Row], groups_: np.ndarray) -> dict[int, str]:
    """Group -> a name that stays when others come: its smallest object id with its source, else its smallest image."""
    best: dict[int, tuple[bool, str]] = {}
    for row, group in zip(rows, groups_, strict=True):
        name = (not row.object, f"{row.source}\x1f{row.object}" if row.object else row.image)
        best[int(group)] = min(best.get(int(group), name), name)
    return {group: name for group, (_, name) in best.items()}
