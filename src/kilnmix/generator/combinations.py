"""The label combinations that images are asked for, within rules: attested ones, or all of their classes. Pure."""

from __future__ import annotations

import itertools

import numpy as np

from kilnmix.collection.prepared import MISSING
from kilnmix.collection.rules import Rules
from kilnmix.common.errors import UserError

MOST = 20_000
"""Combinations at most; a collection of many classes needs rules."""


def allowed(rows: np.ndarray, counts: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray, int]:
    """The combinations (c, T) with counts (c,) that rules allow, and how many they do not.

    Raises:
        UserError: none is left.
    """
    shown = rules.shown(rows.tolist())
    kept = np.array([rules.allow(row, shown) for row in rows.tolist()], bool)
    if not kept.any():
        raise UserError("collection.rules allows no combination of labels that these photographs have.")
    return rows[kept], counts[kept], int((~kept).sum())


def free(labels: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray, int]:
    """Every combination of classes that stand in `labels` (n, T) and that the rules allow, and how much it counts.

    Returns:
        (c, T) combinations; (c,) the product of their classes' shares in each task: how often a combination would
        stand if tasks were independent; and how many combinations the rules do not allow.

    Raises:
        UserError: the rules allow none, or too many.
    """
    tasks = [column for column in range(labels.shape[1]) if (labels[:, column] != MISSING).any()]
    known = {column: labels[labels[:, column] != MISSING, column] for column in tasks}
    classes = {column: np.unique(values, return_counts=True) for column, values in known.items()}
    size = int(np.prod([len(own[0]) for own in classes.values()], dtype=float))
    if size > 50 * MOST:
        raise UserError(f"Free label combinations would be {size:,}. Name rules in collection.rules, or fewer tasks.")
    shown = rules.shown(np.unique(labels, axis=0).tolist())
    rows, counts = [], []
    for places in itertools.product(*(range(len(classes[column][0])) for column in tasks)):
        row = np.full(labels.shape[1], MISSING, np.int64)
        share = 1.0
        for column, place in zip(tasks, places, strict=True):
            row[column] = classes[column][0][place]
            share *= classes[column][1][place] / len(known[column])
        if rules.allow(row.tolist(), shown):
            rows.append(row)
            counts.append(share)
    if not rows:
        raise UserError("collection.rules allows no combination of the classes in this collection.")
    if len(rows) > MOST:
        raise UserError(f"Free label combinations would be {len(rows):,}. Name more rules in collection.rules.")
    return np.stack(rows), np.array(counts), size - len(rows)
