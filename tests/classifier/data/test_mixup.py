import numpy as np
import pytest
import torch

from kilnmix.classifier.data.mixup import Blend, blended, doubled, draw
from kilnmix.classifier.training.losses import masked_cross_entropy


def test_photographs_are_blended_with_photographs_only():
    blend = draw(np.random.default_rng(0), 6, 3, "mixup", 0.4)
    assert sorted(blend.partner[:6].tolist()) == [0, 1, 2, 3, 4, 5]
    assert sorted(blend.partner[6:].tolist()) == [6, 7, 8]
    assert 0 <= blend.kept <= 1


def test_mixup_by_hand():
    x = torch.stack([torch.full((3, 2, 2), 1.0), torch.full((3, 2, 2), 5.0)])
    mixed, kept = blended(x, Blend(torch.tensor([1, 0]), 0.75, None))
    assert kept == 0.75
    assert mixed[:, 0, 0, 0].tolist() == [2.0, 4.0]


def test_cutmix_keeps_the_area_that_is_left():
    x = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4)])
    mixed, kept = blended(x, Blend(torch.tensor([1, 0]), 0.5, (0.0, 0.5, 0.5, 1.0)))
    assert kept == 0.75
    assert mixed[0, 0].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_blended_loss_respects_missing_labels():
    logits = torch.tensor([[0.0, 1.0], [2.0, 0.0], [0.5, 0.0]])
    labels = torch.tensor([[0], [-1], [1]])
    partner = torch.tensor([1, 2, 0])
    own = -torch.log_softmax(logits, 1)
    # Image 0 keeps 0.7 of its label, its partner's is not known; image 1 has only its partner's; image 2 has both.
    expected = 0.7 * own[0, 0] + 0.3 * own[1, 1] + 0.7 * own[2, 1] + 0.3 * own[2, 0]
    both, twice, weights = doubled(logits, labels, torch.ones(3), partner, 0.7)
    loss = masked_cross_entropy(both, twice[:, 0], weights)
    assert loss.item() == pytest.approx(expected.item() / (0.7 + 0.3 + 0.7 + 0.3))
