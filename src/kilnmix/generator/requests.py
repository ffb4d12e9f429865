"""Which synthetic images to draw: how many of each attested combination of labels, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.allocation import Allocation, combinations, interleave, largest_remainder, weights
from kilnmix.collection.prepared import MISSING


@dataclass(frozen=True)
class Request:
    """One image to draw.

    Attributes:
        number: its place in the pool; what its seed is derived from.
        labels: (T,) class indices that the caption asks for, -1 where the combination leaves a task open.
    """

    number: int
    labels: tuple[int, ...]


def open_tasks(labels: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """`labels` (n, T) with some tasks' columns -1: what a caption that does not name them can ask for."""
    opened = labels.copy()
    opened[:, list(columns)] = MISSING
    return opened


def plan(labels: np.ndarray, images: int, allocation: Allocation) -> list[Request]:
    """`images` requests for the combinations attested in `labels` (n, T) of the training photographs.

    Every beginning of the list is divided over them alike, so that smaller pools are the beginnings of larger ones.
    """
    rows, counts = combinations(labels)
    order = interleave(largest_remainder(weights(rows, counts, allocation), images))
    return [Request(number, tuple(int(value) for value in rows[kind])) for number, kind in enumerate(order)]
