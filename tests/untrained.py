"""A model that nothing was taught, as `refit` leaves it but for its worth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from kilnmix.classifier.model_card import ModelCard
from kilnmix.classifier.network.backbones import architecture
from kilnmix.classifier.network.multitask import MultiTaskNetwork, Pooling
from kilnmix.classifier.predict import Model
from kilnmix.collection.prepared import Task


def untrained_model(
    tasks: tuple[Task, ...],
    backbone: str = "squeezenet1_1",
    neck: int = 4,
    size: int = 32,
    temperatures: Mapping[str, float] | None = None,
    seen: Mapping[str, np.ndarray] | None = None,
    probe: float = 0.0,
) -> Model:
    """Random weights of seed 0; average pooling, or with a probe statistics, mirrored too.

    Args:
        temperatures: 1 where not given; seen: every class where not given; probe: its weight, 0 for none.
    """
    torch.manual_seed(0)
    sizes = {task.name: len(task.classes) for task in tasks}
    pooling: Pooling = "statistics" if probe else "average"
    network = MultiTaskNetwork(architecture(backbone), sizes, [neck], 0.0, pooling).eval()
    second = MultiTaskNetwork(architecture(backbone), sizes, [], 0.0, "covariance").eval() if probe else None
    card = ModelCard(
        backbone=backbone,
        neck=(neck,),
        pooling=pooling,
        probe=probe,
        size=size,
        fit="pad",
        flips=bool(probe),
        mean=tuple(network.mean.flatten().tolist()),
        std=tuple(network.std.flatten().tolist()),
        tasks=tasks,
        temperatures=temperatures or dict.fromkeys(sizes, 1.0),
        seen=seen or {name: np.ones(count, bool) for name, count in sizes.items()},
    )
    return Model(network, card, second)
