"""An evaluation on the validation part, which chooses the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from kilnmix.classifier import predict
from kilnmix.classifier.results import Evaluation
from kilnmix.collection.prepared import MISSING
from kilnmix.statistics.frequency import macro_f1


def evaluate(
    step: int, logits: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray], seen: Mapping[str, np.ndarray]
) -> Evaluation:
    """Scores of (n, C_t) logits a task against (n,) labels a task, -1 where not known."""
    f1, loss = {}, []
    for task, values in logits.items():
        known = labels[task] != MISSING
        if not known.any():
            continue
        answers = torch.from_numpy(predict.masked(values[known], seen[task]))
        target = torch.from_numpy(labels[task][known])
        f1[task] = macro_f1(target.numpy(), answers.argmax(1).numpy(), values.shape[1])
        own = -torch.log_softmax(answers, 1).gather(1, target[:, None])[:, 0]
        loss.append(float(own[torch.isfinite(own)].mean()) if torch.isfinite(own).any() else 0.0)
    score = float(np.mean(list(f1.values()))) if f1 else 0.0
    return Evaluation(step, score, f1, float(np.mean(loss)) if loss else 0.0)
