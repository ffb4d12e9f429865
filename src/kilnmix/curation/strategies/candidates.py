"""What strategies choose from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.prepared import MISSING

TINY = 1e-12


@dataclass(frozen=True)
class Candidates:
    """The m images of a pool that nothing else speaks against, and the n photographs of training objects.

    Attributes:
        agreement: (m,) float, the mean over tasks of the judges' probability of the label asked for.
        entropy: (m,) float, the mean over tasks of the entropy of the judges' answers over its greatest value.
        features: (m, d) float; real: (n, d) float, of photographs, both standardised.
        groups: (m,) int64 and real_groups: (n,) int64: choices are made within a group.
    """

    agreement: np.ndarray
    entropy: np.ndarray
    features: np.ndarray
    real: np.ndarray
    groups: np.ndarray
    real_groups: np.ndarray

    def part(self, rows: np.ndarray) -> Candidates:
        """Some of the images, with all photographs."""
        return Candidates(
            self.agreement[rows],
            self.entropy[rows],
            self.features[rows],
            self.real,
            self.groups[rows],
            self.real_groups,
        )

    def each(self, keep: float) -> list[tuple[np.ndarray, int, int]]:
        """Of every group its rows, how many to keep (a share, at least one), and its number."""
        found = []
        for group in np.unique(self.groups):
            rows = np.flatnonzero(self.groups == group)
            found.append((rows, max(1, round(keep * len(rows))), int(group)))
        return found


def highest(values: np.ndarray, candidates: Candidates, keep: float) -> np.ndarray:
    """(m,) bool: in each group the share `keep` with the highest values (m,), the first of equal ones."""
    chosen = np.zeros(len(values), bool)
    for rows, count, _ in candidates.each(keep):
        chosen[rows[np.argsort(-values[rows], kind="stable")[:count]]] = True
    return chosen


def sureness(labels: np.ndarray, probabilities: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """`agreement` and `entropy` of `Candidates`.

    Args:
        labels: (m, T) asked for, -1 for none; an image without any has the agreement 0.
        probabilities: a task each, (m, C), rows summing to 1. A task of one class has no entropy.
    """
    known = labels != MISSING
    each = np.arange(len(labels))
    given = np.stack([p[each, np.maximum(labels[:, task], 0)] for task, p in enumerate(probabilities)], axis=1)
    agreement = np.where(known, given, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    spread = [-(p * np.log(np.maximum(p, TINY))).sum(axis=1) / np.log(max(p.shape[1], 2)) for p in probabilities]
    return agreement, np.mean(spread, axis=0)
