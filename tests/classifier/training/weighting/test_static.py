"""Fixed weights."""

import torch

from kilnmix.classifier.training.weighting import weighting

BOTH = torch.tensor([True, True])


def test_static_is_the_weighted_sum():
    assert weighting("static", [1.0, 3.0], 1)(torch.tensor([2.0, 5.0]), BOTH).item() == 17.0
