"""Scores of answers against labels, by torchmetrics."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torchmetrics.functional.classification import multiclass_f1_score

from kilnmix.classifier import predict
from kilnmix.classifier.results import Evaluation


def evaluate(
    step: int, logits: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray], seen: Mapping[str, np.ndarray]
) -> Evaluation:
    """Scores of (n, C_t) logits a task against (n,) labels a task, -1 where not known."""
    f1, loss = {}, []
    for task, values in logits.items():
        known = labels[task] >= 0
        if not known.any():
            continue
        answers = torch.from_numpy(predict.masked(values[known], seen[task]))
        target = torch.from_numpy(labels[task][known])
        f1[task] = macro_f1(answers.argmax(1), target, values.shape[1])
        own = -torch.log_softmax(answers, 1).gather(1, target[:, None])[:, 0]
        loss.append(float(own[torch.isfinite(own)].mean()) if torch.isfinite(own).any() else 0.0)
    score = float(np.mean(list(f1.values()))) if f1 else 0.0
    return Evaluation(step, score, f1, float(np.mean(loss)) if loss else 0.0)


def macro_f1(answers: torch.Tensor, target: torch.Tensor, classes: int) -> float:
    """Mean F1 over the classes that `target` holds, both (n,) int64; a class that is absent is no zero in the mean."""
    each = multiclass_f1_score(answers, target, num_classes=classes, average="none")
    present = torch.bincount(target, minlength=classes) > 0
    return float(each[present].mean())
