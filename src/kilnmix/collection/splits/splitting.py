"""The prepared photographs -> fold -> part of every photograph, by the settings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from kilnmix.collection.cleaning import keys
from kilnmix.collection.prepared import MISSING
from kilnmix.collection.splits import folds
from kilnmix.collection.tables.listing import Row
from kilnmix.common.errors import UserError
from kilnmix.config import Split


def assign(
    rows: Sequence[Row],
    groups: np.ndarray,
    labels: np.ndarray,
    rare: np.ndarray,
    settings: Split,
    count: int,
    seed: int,
) -> dict[int, np.ndarray]:
    """fold -> (N,) str: `train`, `val`, `test`, or empty for a group that lies in held-out and other sources.

    Args:
        groups: (N,) int64. labels: (N, T) int64.
        rare: (N,) bool, photographs that show a class which stays in the training part.
        count: of folds.

    Raises:
        UserError: there are too few groups for so many parts, or too few sources to hold one out.
    """
    names = keys(rows, groups)
    order = sorted(names, key=names.__getitem__)
    place = {group: number for number, group in enumerate(order)}
    of_row = np.array([place[int(group)] for group in groups], np.int64)
    if len(order) < max(3, count):
        raise UserError(
            f"There are {len(order)} objects (views and near-duplicates of one object count once), too few to fill the "
            f"parts of {count} fold{'s' * (count > 1)}. Add photographs, or ask for fewer folds in params.yaml."
        )
    group_labels = majority(of_row, labels, len(order))
    group_rare = np.zeros(len(order), bool)
    np.logical_or.at(group_rare, of_row, rare)
    key_list = [names[group] for group in order]
    if settings.by == "source":
        parts = _by_source(rows, of_row, key_list, group_labels, group_rare, settings, count, seed)
    else:
        parts = folds.split(key_list, group_labels, group_rare, count, settings.test, settings.val, seed)
    return {fold: parts[fold][of_row] for fold in range(count)}


def majority(groups: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """(G, T) int64: each group's commonest known label of every task, the smaller index of equals, -1 if none."""
    result = np.full((count, labels.shape[1]), MISSING, np.int64)
    for column in range(labels.shape[1]):
        votes: dict[int, Counter[int]] = defaultdict(Counter)
        for group, label in zip(groups.tolist(), labels[:, column].tolist(), strict=True):
            if label != MISSING:
                votes[group][label] += 1
        for group, counted in votes.items():
            result[group, column] = min(counted, key=lambda label: (-counted[label], label))
    return result


# Eight parameters: those of the division by object, and the sources.
def _by_source(
    rows: Sequence[Row],
    of_row: np.ndarray,
    key_list: Sequence[str],
    labels: np.ndarray,
    rare: np.ndarray,
    settings: Split,
    count: int,
    seed: int,
) -> np.ndarray:
    own: list[set[str]] = [set() for _ in key_list]
    for group, row in zip(of_row, rows, strict=True):
        own[group].add(row.source)
    sources = [frozenset(names) for names in own]
    counts = Counter(name for names in own for name in names)
    if settings.source is not None:
        if settings.source not in counts:
            raise UserError(f"collection.split.source names {settings.source!r}; the sources are {sorted(counts)}.")
        held = [frozenset([settings.source])]
    else:
        try:
            held = folds.held_out(dict(counts), count, settings.test)
        except ValueError:
            raise UserError(
                f"collection.split.by is `source`, but the photographs come from {len(counts)} sources and {count} "
                "folds are asked for. Name a column of sources, or split by object."
            ) from None
    parts = np.full((count, len(key_list)), "train", dtype="<U5")
    for fold, where in enumerate(folds.by_source(sources, held)):
        parts[fold, where == 1] = "test"
        parts[fold, where == -1] = ""
        left = np.flatnonzero((where == 0) & ~rare)
        share = min(settings.val * len(key_list) / max(1, len(left)), 0.9)
        chosen = folds.deal(
            [key_list[g] for g in left.tolist()], labels[left], [share, 1 - share], seed, f"split/val/{fold}"
        )
        parts[fold, left[chosen == 0]] = "val"
    return parts
