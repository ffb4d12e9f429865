"""The training loop: resumed training ends with the same weights, the parts add up to the whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from kilnmix.common.schedules import average_decay
from kilnmix.common.seeds import derive
from kilnmix.demo.pocket.loop import Clock, Loss, Plan, train
from kilnmix.demo.pocket.schedule import rate_at

BATCH = 8


def fresh() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 1)


def loss_of(model: nn.Linear) -> Loss:
    def loss(step: int, part: slice) -> torch.Tensor:
        rng = torch.Generator().manual_seed(derive(0, "test", step))
        x = torch.randn(BATCH, 3, generator=rng)[part]
        wanted = x @ torch.tensor([[1.0], [-2.0], [0.5]])
        return (model(x) - wanted).square().mean()

    return loss


class Steps(Clock):
    """A clock that is over after some questions."""

    def __init__(self, steps: int):
        super().__init__(None)
        self.left = steps

    def over(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_pieces_end_with_the_weights_of_one_run(tmp_path: Path) -> None:
    plan = Plan(steps=30, rate=0.05, warmup=3, average=0.9, batch=BATCH)
    whole = fresh()
    assert train("a", whole, loss_of(whole), plan, tmp_path / "whole", Clock(None)).done
    for count in (7, 11):
        part = fresh()
        assert not train("a", part, loss_of(part), plan, tmp_path / "parts", Steps(count)).done
    part = fresh()
    assert train("a", part, loss_of(part), plan, tmp_path / "parts", Clock(None)).done
    assert torch.equal(whole.weight, part.weight) and torch.equal(whole.bias, part.bias)


def test_it_learns_and_the_parts_gradients_are_the_batch_s(tmp_path: Path) -> None:
    model = fresh()
    plan = Plan(steps=1, rate=0.01, warmup=0, average=0.0, decay=0.0, clip=1e9, batch=BATCH)
    train("a", model, loss_of(model), plan, tmp_path, Clock(None))
    plain = fresh()
    optimizer = torch.optim.AdamW(plain.parameters(), lr=0.01, weight_decay=0.0, betas=(0.9, 0.99))
    loss_of(plain)(0, slice(0, BATCH)).backward()
    optimizer.step()
    assert torch.allclose(model.weight, plain.weight, atol=1e-6)


def test_the_rate_falls_and_ends_low() -> None:
    assert rate_at(0, 1.0) == pytest.approx(1.0)
    assert rate_at(0.5, 1.0) == pytest.approx(0.51)
    assert rate_at(1, 1.0) == pytest.approx(0.02)


def test_a_plan_is_done_when_its_seconds_are_spent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("kilnmix.demo.pocket.loop.time.monotonic", lambda: now[0])
    model = fresh()
    plain = loss_of(model)

    def slow(step: int, part: slice) -> torch.Tensor:
        now[0] += 0.5
        return plain(step, part)

    # Two parts a step: a step takes one second, so that four steps spend the four seconds.
    done = train("a", model, slow, Plan(steps=100, rate=0.01, batch=BATCH, seconds=4.0), tmp_path, Clock(None))
    assert done.done and done.steps == 4 and done.seconds == 4.0


def test_the_average_starts_fresh() -> None:
    assert average_decay(1, 0.99) == pytest.approx(2 / 11)
    assert average_decay(10_000, 0.99) == 0.99
    assert average_decay(5, 0.0) == 0.0
