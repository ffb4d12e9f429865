import math

import numpy as np
import pytest
import torch

from kilnmix.classifier.network.backbones import architecture
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.classifier.training.module import MultiTaskClassifier, TaskLosses
from kilnmix.classifier.training.weighting import weighting
from kilnmix.common import devices
from tests import composed


def test_every_group_ends_at_the_least_rate(settings):
    rates = {"learning_rate": 1e-2, "backbone_rate": 1e-3, "layer_decay": 0.1, "least_rate": 1e-4}
    recipe = settings(classifier={"steps": 4, "warmup": 0.0, "device": "cpu", **rates}).classifier
    network = MultiTaskNetwork(architecture("squeezenet1_1"), {"a": 2}, (), 0.0)
    module = MultiTaskClassifier(
        network, TaskLosses(0.0, ["none"], [np.ones(2)], [np.ones(2)]), weighting("static", [1.0], 1), recipe
    )
    schedule = module.configure_optimizers()["lr_scheduler"]["scheduler"]
    rates = [base * factor(4) for base, factor in zip(schedule.base_lrs, schedule.lr_lambdas, strict=True)]
    # Of the backbone's blocks all but the last two begin lower than that, and stay where they began.
    assert max(rates) == pytest.approx(1e-4)
    assert min(rates) == pytest.approx(1e-3 * 0.1**8)
    assert [
        base * factor(0) for base, factor in zip(schedule.base_lrs, schedule.lr_lambdas, strict=True)
    ] == pytest.approx(schedule.base_lrs)


def test_each_task_has_its_own_way_with_rare_classes():
    counts = [np.array([3.0, 1.0]), np.array([3.0, 1.0]), np.array([3.0, 1.0])]
    ways = TaskLosses(0.0, ["none", "logit-adjustment", "focal"], counts, counts)
    values = ways([torch.zeros(1, 2)] * 3, torch.tensor([[1, 1, 1]]), torch.ones(1))
    # Equal logits: log 2; with the prior 1/4: log 4; focal: (1 - 1/2)^2 log 2.
    assert values.tolist() == pytest.approx([math.log(2), math.log(4), math.log(2) / 4])


def test_prior_is_of_what_is_drawn_and_weights_of_what_there_is():
    ways = TaskLosses(0.0, ["logit-adjustment"], [np.array([9.0, 1.0])], [np.array([5.0, 5.0])])
    assert ways([torch.zeros(1, 2)], torch.tensor([[1]]), torch.ones(1)).item() == pytest.approx(math.log(2))
    ways = TaskLosses(0.0, ["effective-number"], [np.array([9.0, 1.0])], [np.array([5.0, 5.0])])
    assert ways.get_buffer("class_weights0")[1] > ways.get_buffer("class_weights0")[0]


def test_unknown_labels_are_left_out_task_by_task():
    ways = TaskLosses(0.0, ["none", "none"], [np.ones(2), np.ones(4)], [np.ones(2), np.ones(4)])
    values = ways([torch.zeros(2, 2), torch.zeros(2, 4)], torch.tensor([[0, -1], [1, -1]]), torch.ones(2))
    assert values.tolist() == pytest.approx([math.log(2), 0.0])


def test_automatic_precision_asks_the_network_and_the_processor(monkeypatch):
    monkeypatch.setattr(devices, "_multiplies_bfloat16", lambda: True)
    assert _low_precision("squeezenet1_1", "auto")
    assert not _low_precision("mobilenet_v3_small", "auto")
    assert _low_precision("mobilenet_v3_small", "bfloat16")
    monkeypatch.setattr(devices, "_multiplies_bfloat16", lambda: False)
    assert not _low_precision("squeezenet1_1", "auto")


def _low_precision(backbone, precision):
    recipe = composed.settings(classifier={"precision": precision, "device": "cpu"}).classifier
    network = MultiTaskNetwork(architecture(backbone), {"a": 2}, (), 0.0)
    losses = TaskLosses(0.0, ["none"], [np.ones(2)], [np.ones(2)])
    return MultiTaskClassifier(network, losses, weighting("static", [1.0], 1), recipe).low_precision
