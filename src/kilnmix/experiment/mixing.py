"""Which images fill an arm's extra slots. Pure: labels in, rows out.

Subsets are nested: the images of a small share are the beginning of those of a larger one, for one pool and one seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.allocation import Allocation, combinations, draw_order, weights
from kilnmix.collection.prepared import MISSING
from kilnmix.common import seeds
from kilnmix.config import Arm


@dataclass(frozen=True)
class Choice:
    """Images for the extra slots.

    Attributes:
        rows: (m,) int64 rows of the pool, or of the photographs where an arm repeats them.
        labels: (m, T) int64, -1 where the label is masked or not known.
        wanted: how many images the arm asked for; more than m where the pool is too small.
    """

    rows: np.ndarray
    labels: np.ndarray
    wanted: int = 0


def shares(arm: Arm, tasks: tuple[str, ...]) -> np.ndarray:
    """(T,) the arm's share for every task; a task that a share per task does not name gets none."""
    if isinstance(arm.share, Mapping):
        return np.array([arm.share.get(task, 0.0) for task in tasks])
    return np.full(len(tasks), arm.share)


def images_for(share: float, photographs: int, mode: str) -> int:
    """How many different extra images a share stands for beside n photographs.

    In mode `extra` m / (n + m) = share, so m = n share / (1 - share); in mode `replace` m = n share. Rounded half up.
    """
    exact = photographs * share / (1 - share) if mode == "extra" else photographs * share
    return _half_up(exact)


def aligned_half(asked: np.ndarray, alignment: np.ndarray, more: bool) -> np.ndarray:
    """Rows of the half of a pool that judges recognise more, or less, ascending.

    Each combination of labels is halved by itself, so both halves show the same; the middle one of an odd number is in
    both.

    Args:
        asked: (m, T) int64, the labels that each image was drawn for; alignment: (m,) float64.
    """
    _, kind = np.unique(asked, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    order = np.lexsort((np.arange(len(kind)), -alignment if more else alignment, kind))
    first = np.searchsorted(kind[order], kind[order])
    place = np.arange(len(order)) - first
    return np.sort(order[place < (np.bincount(kind)[kind[order]] + 1) // 2])


def pool_order(asked: np.ndarray, real: np.ndarray, allocation: Allocation, seed: int) -> np.ndarray:
    """(m,) rows of a pool in the order in which arms take them.

    Args:
        asked: (m, T) int64, the labels that each image was drawn for.
        real: (n, T) int64, the labels of the training photographs, whose combinations are to be followed. A task that
            no image was drawn for makes no combinations.
        seed: shuffles the images of one combination.
    """
    real = np.where((asked == MISSING).all(axis=0), MISSING, real)
    rows, counts = combinations(real)
    position = {tuple(row): kind for kind, row in enumerate(rows)}
    shuffled = seeds.rng(seed, "pool order").permutation(len(asked))
    # A combination that only a rule allows is attested nowhere: it gets a kind of its own that nothing asks for.
    kinds = np.array([position.get(tuple(row), len(rows)) for row in asked[shuffled]], np.int64)
    wanted = np.append(weights(rows, counts, allocation), 0.0)
    return shuffled[draw_order(kinds, wanted)]


def choose(
    arm: Arm, tasks: tuple[str, ...], asked: np.ndarray, kept: np.ndarray, real: np.ndarray, seed: int
) -> Choice:
    """The synthetic images of an arm.

    Args:
        asked, kept: (m, T) int64 labels of the pool's accepted images before and after masking.
        real: (n, T) int64 labels of the training photographs.
        seed: of this fold's and adapter's pool, the same for all arms.

    Returns:
        The images of the arm's highest share; a task of a lower share keeps its labels on their beginning only.
        Where the pool is smaller than that, all of it, and the tasks' numbers keep their proportions.
    """
    wanted = [images_for(share, len(real), arm.mode) for share in shares(arm, tasks)]
    most = max(wanted)
    rows = pool_order(asked, real, arm.allocation, seed)[:most]
    labels = kept[rows].copy()
    for task, number in enumerate(wanted):
        labels[_half_up(len(rows) * number / max(most, 1)) :, task] = MISSING
    return Choice(rows, labels, most)


def _half_up(value: float) -> int:
    return int(np.floor(round(value, 9) + 0.5))


def repeat(choice: Choice, asked: np.ndarray, real: np.ndarray, seed: int) -> Choice:
    """Photographs in the place of a choice's synthetic images: the control that adds nothing new.

    Each image is replaced by a photograph of the same combination of labels, those of one combination taking turns in
    a seeded order, with the same labels masked.

    Args:
        asked: (m, T) labels that the pool's images were drawn for.
        real: (n, T) labels of the training photographs.
    """
    order = seeds.rng(seed, "repeat order").permutation(len(real))
    turns: dict[tuple[int, ...], list[int]] = {}
    for row in order:
        turns.setdefault(tuple(real[row]), []).append(int(row))
    used: dict[tuple[int, ...], int] = {}
    rows = np.empty(len(choice.rows), np.int64)
    for place, image in enumerate(choice.rows):
        combination = tuple(asked[image])
        stock = turns.get(combination) or [int(row) for row in order if _fits(real[row], asked[image])] or list(order)
        rows[place] = stock[used.get(combination, 0) % len(stock)]
        used[combination] = used.get(combination, 0) + 1
    labels = np.where(choice.labels == MISSING, MISSING, real[rows])
    return Choice(rows, labels, choice.wanted)


def _fits(labels: np.ndarray, asked: np.ndarray) -> bool:
    """Whether a photograph shows whatever the combination names."""
    return bool(np.all((asked == MISSING) | (asked == labels)))
