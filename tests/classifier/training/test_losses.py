import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from kilnmix.classifier.training.losses import effective_number_weights, log_prior, masked_cross_entropy

LOGITS = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.2, 0.3], [-1.0, 1.0, 3.0], [0.0, 4.0, 0.0]])
LABELS = torch.tensor([0, -1, 2, 0])


def test_equals_torch_where_torch_can_do_it():
    weights = torch.tensor([0.5, 1.0, 3.0])
    ours = masked_cross_entropy(LOGITS, LABELS, class_weights=weights)
    assert ours == pytest.approx(F.cross_entropy(LOGITS, LABELS, weight=weights, ignore_index=-1).item())


def test_smoothing_equals_torch():
    ours = masked_cross_entropy(LOGITS, LABELS, smoothing=0.1)
    theirs = F.cross_entropy(LOGITS, LABELS, ignore_index=-1, label_smoothing=0.1)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)


def test_uniform_logits_by_hand():
    # Four equal answers cost log 4, whatever the label; the unknown one counts neither above nor below the line.
    loss = masked_cross_entropy(torch.zeros(3, 4), torch.tensor([1, -1, 3]))
    assert loss.item() == pytest.approx(math.log(4))


def test_image_weights_by_hand():
    logits = torch.tensor([[0.0, 0.0], [0.0, math.log(3.0)]])
    # Costs: log 2 with weight 3, and -log(1/4) = log 4 with weight 1.
    loss = masked_cross_entropy(logits, torch.tensor([0, 0]), image_weights=torch.tensor([3.0, 1.0]))
    assert loss.item() == pytest.approx((3 * math.log(2) + math.log(4)) / 4)


def test_soft_labels_by_hand():
    logits = torch.tensor([[math.log(3.0), 0.0], [0.0, 0.0], [5.0, 1.0]])
    labels, soft = torch.tensor([0, 1, -1]), torch.tensor([[0.75, 0.25], [0.0, 1.0], [1.0, 0.0]])
    # -3/4 log 3/4 - 1/4 log 1/4 and log 2; the third label is masked.
    first = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
    loss = masked_cross_entropy(logits, labels, soft=soft)
    assert loss.item() == pytest.approx((first + math.log(2)) / 2)
    # Weights of classes 2 and 4: the first image has 0.75 x 2 + 0.25 x 4 = 2.5.
    loss = masked_cross_entropy(logits, labels, class_weights=torch.tensor([2.0, 4.0]), soft=soft)
    assert loss.item() == pytest.approx((2.5 * first + 4 * math.log(2)) / 6.5)
    hard = torch.eye(3)[LABELS.clamp(min=0)]
    assert masked_cross_entropy(LOGITS, LABELS, smoothing=0.1, focus=2.0, soft=hard).item() == pytest.approx(
        masked_cross_entropy(LOGITS, LABELS, smoothing=0.1, focus=2.0).item()
    )


def test_the_focal_loss_of_a_soft_label_looks_at_what_is_taught():
    # Asked for class 0, taught 1/4 of it and 3/4 of class 1; p is (3/4, 1/4): 1/4 3/4 + 3/4 1/4 = 3/8 of it is known.
    logits, asked, taught = torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([0]), torch.tensor([[0.25, 0.75]])
    loss = masked_cross_entropy(logits, asked, focus=2.0, soft=taught)
    plain = -0.25 * math.log(0.75) - 0.75 * math.log(0.25)
    assert loss.item() == pytest.approx((5 / 8) ** 2 * plain)
    # Judges that see class 1 alone: as if class 1 had been asked for.
    alone = masked_cross_entropy(logits, asked, focus=2.0, soft=torch.tensor([[0.0, 1.0]]))
    assert alone.item() == pytest.approx(masked_cross_entropy(logits, torch.tensor([1]), focus=2.0).item())


def test_no_label_at_all_adds_nothing():
    logits = LOGITS.clone().requires_grad_()
    loss = masked_cross_entropy(logits, torch.full((4,), -1), smoothing=0.1)
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_masked_image_gets_no_gradient():
    logits = LOGITS.clone().requires_grad_()
    masked_cross_entropy(logits, LABELS).backward()
    assert torch.equal(logits.grad[1], torch.zeros(3))
    assert (logits.grad[0] != 0).all()


def test_logit_adjustment_by_hand():
    # Prior 3:1 and equal logits: the softmax is (3/4, 1/4).
    prior = log_prior(torch.tensor([30.0, 10.0]))
    loss = masked_cross_entropy(torch.zeros(1, 2), torch.tensor([1]), log_prior=prior)
    assert loss.item() == pytest.approx(math.log(4), rel=1e-5)


def test_smoothing_under_a_prior_leans_to_no_class():
    # Answers that say nothing of their own are best for an image that could be anything: the prior already says it all.
    prior = log_prior(torch.tensor([900.0, 90.0, 10.0]))
    logits = torch.zeros(1000, 3, requires_grad=True)
    labels = torch.tensor([0] * 900 + [1] * 90 + [2] * 10)
    loss = masked_cross_entropy(logits, labels, log_prior=prior, smoothing=0.2)
    loss.backward()
    assert logits.grad.sum(0).abs().max() < 1e-6
    entropy = -(0.9 * math.log(0.9) + 0.09 * math.log(0.09) + 0.01 * math.log(0.01))
    assert loss.item() == pytest.approx(entropy, rel=1e-5)


def test_class_without_images_takes_no_part():
    prior = log_prior(torch.tensor([10.0, 10.0, 0.0]))
    assert prior[2].item() == -math.inf
    logits = torch.tensor([[0.0, 0.0, 50.0]], requires_grad=True)
    loss = masked_cross_entropy(logits, torch.tensor([0]), log_prior=prior, smoothing=0.1)
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2), rel=1e-5)
    assert logits.grad[0, 2].item() == 0.0


def test_effective_numbers_by_hand():
    # beta 0.5: E_1 = 1, E_2 = 1.5; weights 1 and 2/3 scaled to mean 1 over the two: 6/5 and 4/5.
    weights = effective_number_weights(torch.tensor([1.0, 2.0, 0.0]), beta=0.5)
    np.testing.assert_allclose(weights.numpy(), [1.2, 0.8, 0.0], rtol=1e-6)


def test_effective_numbers_are_capped():
    weights = effective_number_weights(torch.tensor([1.0] + [10000.0] * 30), beta=0.9999, cap=10.0)
    assert weights.max().item() == 10.0


def test_focal_by_hand():
    # p = 1/4 for the label: (3/4)^2 log 4.
    loss = masked_cross_entropy(torch.zeros(1, 4), torch.tensor([2]), focus=2.0)
    assert loss.item() == pytest.approx(0.75**2 * math.log(4))
