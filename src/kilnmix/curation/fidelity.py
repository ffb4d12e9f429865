"""Alignment: does a synthetic image show the labels that it was asked to show? Pure.

Judges are classifiers trained on real photographs only, each on other objects (cross-fitting). What they think of the
photographs that they were not trained on says how far they can be trusted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.prepared import MISSING

Z = 1.959964
"""97.5 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Judgement:
    """What the judges are worth for one task, and what they say of a pool.

    Attributes:
        skill: cross-fitted balanced accuracy on real photographs above chance, 0 chance, 1 perfect.
        recall: (C,) cross-fitted recall on real photographs of each class, NaN where there are none.
        alignment: (C,) share of the images asked to show a class that the judges take for it, NaN where none was asked.
        asked: (C,) how many images were asked to show each class.
        agreed: (m,) bool, whether the judges' first choice for an image is the label asked for.
        masked: (m,) bool, labels that are not to be learned from.
    """

    skill: float
    recall: np.ndarray
    alignment: np.ndarray
    asked: np.ndarray
    agreed: np.ndarray
    masked: np.ndarray


def recalls(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(C,) share of each class's pictures that are predicted as it; NaN for a class without pictures; -1 is skipped."""
    known = truth != MISSING
    hits = np.bincount(truth[known & (truth == predicted)], minlength=classes)
    with np.errstate(invalid="ignore"):
        return hits / np.bincount(truth[known], minlength=classes)


def skill(recall: np.ndarray) -> float:
    """Balanced accuracy above chance over the classes that have pictures: (mean recall - 1/k) / (1 - 1/k)."""
    seen = recall[~np.isnan(recall)]
    if len(seen) < 2:
        return 0.0
    chance = 1 / len(seen)
    return float((seen.mean() - chance) / (1 - chance))


def wilson(hits: float, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson 1927 (JASA 22), equation 8; NaN without trials."""
    if not trials:
        return math.nan, math.nan
    share, square = hits / trials, Z * Z / trials
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def judge(
    real: np.ndarray,
    real_predicted: np.ndarray,
    asked: np.ndarray,
    probabilities: np.ndarray,
    floor: float,
    mask_below: float,
) -> Judgement:
    """One task's judgement.

    Args:
        real: (n,) labels of the training photographs; real_predicted: (n,) cross-fitted predictions for them.
        asked: (m,) labels that the synthetic images were drawn for, -1 for none.
        probabilities: (m, C) mean of the judges' probabilities for the images.
        floor: a skill below which nothing is masked.
        mask_below: a label is masked when its probability is lower and another class is preferred.
    """
    classes = probabilities.shape[1]
    recall = recalls(real, real_predicted, classes)
    worth = skill(recall)
    choice = probabilities.argmax(axis=1)
    wanted = asked != MISSING
    given = np.where(wanted, probabilities[np.arange(len(asked)), np.maximum(asked, 0)], 1.0)
    agreed = wanted & (choice == asked)
    masked = wanted & ~agreed & (given < mask_below) & (worth >= floor)
    return Judgement(
        skill=worth,
        recall=recall,
        alignment=recalls(asked, choice, classes),
        asked=np.bincount(asked[wanted], minlength=classes),
        agreed=agreed,
        masked=masked,
    )
