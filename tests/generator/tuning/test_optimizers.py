"""One optimiser step against torch's AdamW and against the moving average by hand."""

from typing import Any

import pytest
import torch
from torch import nn

from kilnmix.config import Lora
from kilnmix.generator.tuning.optimizers import Updater
from kilnmix.generator.tuning.schedule import learning_rate
from kilnmix.generator.tuning.weights import TrainedWeights
from tests.generator.conftest import make_settings

CPU = torch.device("cpu")


def made(**changes: Any) -> tuple[Updater, nn.Parameter, Lora]:
    lora = make_settings("x", lora=changes).lora
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.data = torch.tensor([[1.0, -2.0]])
    return Updater(TrainedWeights([layer], torch.float32), lora, CPU), layer.weight, lora


def test_steps_are_adamws_with_clipped_gradients() -> None:
    updater, weight, lora = made(max_grad_norm=1.0, weight_decay=0.1, ema=0.0, warmup_steps=2)
    own = nn.Parameter(torch.tensor([[1.0, -2.0]]))
    reference = torch.optim.AdamW([own], lr=1.0, weight_decay=0.1, betas=(0.9, 0.999))
    for step in range(3):
        weight.grad = torch.tensor([[3.0, 4.0 - step]])
        own.grad = weight.grad / max(float(weight.grad.norm()), 1.0)
        updater.set_rate(step)
        reference.param_groups[0]["lr"] = learning_rate(step, lora.steps, 2, lora.learning_rate, lora.schedule)
        norm = updater.update()
        reference.step()
        assert norm.item() == pytest.approx((9 + (4 - step) ** 2) ** 0.5)
        assert weight.grad is None
        torch.testing.assert_close(weight.detach(), own.detach(), atol=1e-5, rtol=0)
    assert updater.average == [] and not updater.captures


def test_the_average_follows_the_weights() -> None:
    updater, weight, _ = made(ema=0.75)
    average = torch.tensor([[1.0, -2.0]])
    for step in range(3):
        weight.grad = torch.ones(1, 2)
        updater.set_rate(step)
        updater.update()
        average = 0.75 * average + 0.25 * weight.detach()
    torch.testing.assert_close(updater.average[0], average)


def test_prodigy_moves_the_weights_too() -> None:
    updater, weight, _ = made(optimizer="prodigy", learning_rate=1.0)
    before = weight.detach().clone()
    for step in range(5):
        weight.grad = weight.detach().clone()
        updater.set_rate(step)
        updater.update()
    assert weight.detach().norm() < before.norm()
