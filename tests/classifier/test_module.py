import math

import numpy as np
import pytest
import torch

from kilnmix.classifier.module import TaskLoss, rate_factor
from kilnmix.config import ClassifierSettings


def test_rate_rises_then_falls():
    factors = [rate_factor(step, 20, 0.25) for step in range(20)]
    assert factors[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert factors[5] == 1.0
    assert factors[5 + 9] == pytest.approx(0.5 * (1 + math.cos(math.pi * 9 / 15)))
    assert factors[-1] < 0.02
    assert rate_factor(0, 10, 0.0) == 1.0


def test_task_weights_scale_the_sum():
    settings = ClassifierSettings(imbalance="none", label_smoothing=0.0)
    loss = TaskLoss(settings, [np.ones(2), np.ones(4)], [2.0, 0.5])
    logits = {"a": torch.zeros(1, 2), "b": torch.zeros(1, 4)}
    value = loss(logits, torch.tensor([[0, 3]]), torch.ones(1))
    assert value.item() == pytest.approx(2 * math.log(2) + 0.5 * math.log(4))
    masked = loss(logits, torch.tensor([[0, -1]]), torch.ones(1))
    assert masked.item() == pytest.approx(2 * math.log(2))


def test_adjustment_uses_each_tasks_own_counts():
    settings = ClassifierSettings(imbalance="logit-adjustment", label_smoothing=0.0)
    loss = TaskLoss(settings, [np.array([3.0, 1.0]), np.array([1.0, 1.0])], [1.0, 1.0])
    logits = {"a": torch.zeros(1, 2), "b": torch.zeros(1, 2)}
    assert loss(logits, torch.tensor([[1, 1]]), torch.ones(1)).item() == pytest.approx(math.log(4) + math.log(2))
