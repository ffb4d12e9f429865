"""The pocket backbone."""

from __future__ import annotations

import torch

from kilnmix.demo.pocket import backbone


def test_augmented_images_stay_images() -> None:
    batch = torch.rand(4, 3, 32, 32)
    changed = backbone.augment(batch, torch.Generator().manual_seed(0))
    assert changed.shape == batch.shape and changed.min() >= 0 and changed.max() <= 1
    assert torch.equal(changed, backbone.augment(batch, torch.Generator().manual_seed(0)))
