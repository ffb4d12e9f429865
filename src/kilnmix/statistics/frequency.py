"""Classes by how often they occur, and F1 by class. Pure, and nothing else of the statistics with it.

The F1 of class c is 2 TP_c / (T_c + P_c), the harmonic mean of precision and recall (van Rijsbergen 1979); macro-F1 is
the plain mean over classes (Opitz and Burst 2019, "Macro F1 and Macro F1").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def frequency_groups(training_counts: Sequence[int] | np.ndarray, scored: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Head, middle and tail: the scored classes in three groups of equal size by their number of training objects.

    Args:
        training_counts: for every class its number of training objects.
        scored: indices of the classes to be grouped.

    Returns:
        `head`, `middle` and `tail` -> class indices, ascending. What three does not divide goes to the tail first, then
        to the middle; equal counts are ordered by class index. With fewer than three classes the head or the middle
        is empty.
    """
    ordered = sorted(scored, key=lambda c: (training_counts[c], c))
    third, rest = divmod(len(ordered), 3)
    tail, middle = third + (rest > 0), third + (rest > 1)
    cuts = {"head": ordered[tail + middle :], "middle": ordered[tail : tail + middle], "tail": ordered[:tail]}
    return {name: tuple(sorted(members)) for name, members in cuts.items()}


def class_f1(truth: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """(C,) float32 F1 of every class from (n,) int64 labels and answers; 0 for one that neither holds."""
    hits = np.bincount(truth[answers == truth], minlength=classes)
    sizes = np.bincount(truth, minlength=classes) + np.bincount(answers, minlength=classes)
    return (2 * hits).astype(np.float32) / np.maximum(sizes, 1).astype(np.float32)


def macro_f1(truth: np.ndarray, answers: np.ndarray, classes: int) -> float:
    """Mean F1 over the classes that `truth` holds; a class that is absent is no zero in the mean."""
    present = np.unique(truth)
    return float(class_f1(truth, answers, classes)[present].mean())
