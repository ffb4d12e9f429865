"""Scores of one task's answers: F1 by `statistics.frequency`, the others by torchmetrics."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torchmetrics.functional import classification as metrics

from kilnmix.collection.prepared import MISSING
from kilnmix.statistics.frequency import class_f1, frequency_groups, macro_f1


@dataclass(frozen=True)
class TaskScores:
    """Scores of one task over the photographs whose label is known.

    Every mean over classes is over those that the labels hold: an absent class is no zero.

    Attributes:
        labelled: how many photographs have a label.
        macro_f1, weighted_f1: means of the classes' F1, plain and by their number of photographs.
        head_f1, middle_f1, tail_f1: macro-F1 over the classes with most, middling and fewest training photographs,
            thirds of the classes present; what three does not divide goes to the tail first, then to the middle.
        accuracy, balanced_accuracy: share of right answers, and the mean of the classes' recalls.
        top5: share of photographs whose label is among the five likeliest classes (of as many as there are).
        calibration_error: expected calibration error (Guo et al. 2017), 15 bins.
        confusion: (C, C) int64, rows are labels and columns answers.
        distance: mean number of classes between label and answer, for a task whose classes have an order.
    """

    labelled: int
    macro_f1: float
    weighted_f1: float
    head_f1: float | None
    middle_f1: float | None
    tail_f1: float | None
    accuracy: float
    balanced_accuracy: float
    top5: float
    calibration_error: float
    confusion: np.ndarray
    distance: float | None

    def numbers(self) -> dict[str, float]:
        """The scores that are single numbers, by name; what does not apply is left out."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "confusion"}
        return {name: float(value) for name, value in values.items() if value is not None}


def score_task(
    probabilities: np.ndarray, labels: np.ndarray, training_counts: np.ndarray, ordered: bool = False
) -> TaskScores | None:
    """Scores of (n, C) probabilities against (n,) labels, -1 where not known; None when no label is known.

    Args:
        training_counts: (C,) training photographs of each class.
        ordered: the classes stand in an order (dynasties in time), so that a near miss is less wrong.
    """
    known = labels != MISSING
    if not known.any():
        return None
    classes = probabilities.shape[1]
    sure, truth = torch.from_numpy(probabilities[known].astype(np.float32)), torch.from_numpy(labels[known])
    answers = sure.argmax(1)
    numbers = torch.bincount(truth, minlength=classes)
    present = numbers > 0
    f1 = class_f1(truth.numpy(), answers.numpy(), classes)
    recall = metrics.multiclass_recall(answers, truth, num_classes=classes, average="none")
    groups = frequency_groups(training_counts, present.nonzero()[:, 0].tolist())

    def mean_of(group: str) -> float | None:
        return float(f1[list(groups[group])].mean()) if groups[group] else None

    top = sure.topk(min(5, classes), dim=1).indices
    return TaskScores(
        labelled=int(known.sum()),
        macro_f1=macro_f1(truth.numpy(), answers.numpy(), classes),
        weighted_f1=float((torch.from_numpy(f1) * numbers).sum() / numbers.sum()),
        head_f1=mean_of("head"),
        middle_f1=mean_of("middle"),
        tail_f1=mean_of("tail"),
        accuracy=float((answers == truth).float().mean()),
        balanced_accuracy=float(recall[present].mean()),
        top5=float((top == truth[:, None]).any(1).float().mean()),
        calibration_error=float(metrics.multiclass_calibration_error(sure, truth, num_classes=classes, n_bins=15)),
        confusion=metrics.multiclass_confusion_matrix(answers, truth, num_classes=classes).numpy(),
        distance=float((answers - truth).abs().float().mean()) if ordered else None,
    )
