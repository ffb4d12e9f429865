"""The network in training, against a plain step of diffusers and torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DDPMScheduler

from kilnmix.generator.base import load_base
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning import checkpoint
from kilnmix.generator.tuning.checkpoint import State
from kilnmix.generator.tuning.network import Network
from kilnmix.generator.tuning.steps import Batches
from tests.generator.conftest import make_settings

CPU = torch.device("cpu")


def made(base: Path, filled: Cache, **lora: Any) -> tuple[Network, Batches]:
    torch.manual_seed(0)
    settings = make_settings(base, lora={"snr_gamma": None, "caption_dropout": 0.0, "ema": 0.0, **lora})
    network = Network(load_base(settings), filled, settings, CPU)
    return network, Batches(filled, settings.lora, seed=3, timesteps=network.timesteps)


def test_errors_are_those_of_the_bare_unet(tiny_base: Path, filled: Cache) -> None:
    """B begins at zero, so the adapter changes nothing yet."""
    network, batches = made(tiny_base, filled)
    batch = batches.make(0)
    unet = load_base(make_settings(tiny_base)).unet
    noising = DDPMScheduler.from_config(network.pipeline.scheduler.config)
    with torch.no_grad():
        predicted = unet(
            noising.add_noise(batch.latents, batch.noise, batch.timesteps),
            batch.timesteps,
            filled.embeddings[batch.captions].float(),
        ).sample
    expected = ((predicted - batch.noise) ** 2).mean(dim=(1, 2, 3))
    torch.testing.assert_close(network.errors(batch), expected, atol=1e-5, rtol=1e-4)
    assert network.step(0, [batch]).item() == pytest.approx(expected.mean().item(), rel=1e-4)


def test_two_halves_of_a_step_move_the_weights_as_one_whole(tiny_base: Path, filled: Cache) -> None:
    whole, batches = made(tiny_base, filled, batch_size=4, optimizer="adamw")
    batch = batches.make(0)
    whole.step(0, [batch])
    halves, _ = made(tiny_base, filled, batch_size=2, accumulate=2)
    parts = [
        type(batch)(*(part[rows] for part in vars(batch).values() if part is not None))
        for rows in (slice(0, 2), slice(2, 4))
    ]
    halves.step(0, parts)
    for one, two in zip(whole.weights.state(), halves.weights.state(), strict=True):
        torch.testing.assert_close(one, two, atol=2e-4, rtol=1e-3)


def test_the_averaged_network_is_there_for_a_block_only(tiny_base: Path, filled: Cache) -> None:
    network, batches = made(tiny_base, filled, ema=0.5, warmup_steps=0)
    network.step(0, [batches.make(0)])
    own, average = network.weights.state(), [weight.clone() for weight in network.updater.average]
    with network.averaged():
        assert all(torch.equal(one, two) for one, two in zip(network.weights.state(), average, strict=True))
    assert all(torch.equal(one, two) for one, two in zip(network.weights.state(), own, strict=True))
    assert not all(torch.equal(one, two) for one, two in zip(own, average, strict=True))
    assert all(torch.equal(one, two) for one, two in zip(network.kept_weights(), average, strict=True))


def test_a_restored_network_goes_on_as_the_first(tiny_base: Path, filled: Cache, tmp_path: Path) -> None:
    first, batches = made(tiny_base, filled, ema=0.5)
    first.step(0, [batches.make(0)])
    state = State(1, first.weights.state(), first.updater.optimizer.state_dict(), [0.0], list(first.updater.average))
    state.write(tmp_path / "state.pt")
    second, _ = made(tiny_base, filled, ema=0.5)
    saved = checkpoint.read(tmp_path / "state.pt")
    assert saved is not None
    second.restore(saved)
    for network in (first, second):
        network.step(1, [batches.make(1)])
    assert all(torch.equal(one, two) for one, two in zip(first.kept_weights(), second.kept_weights(), strict=True))


def test_states_of_the_cache_or_of_the_trained_encoder(tiny_base: Path, filled: Cache) -> None:
    cached, _ = made(tiny_base, filled)
    trained, _ = made(tiny_base, filled, text_encoder=True)
    assert torch.equal(cached.states([2, 0]).embeddings, filled.embeddings[[2, 0]].float())
    torch.testing.assert_close(
        trained.states([2, 0]).embeddings, filled.embeddings[[2, 0]].float(), atol=2e-3, rtol=2e-3
    )
    assert len(trained.weights.used) > len(cached.weights.used)


def test_only_the_adapter_learns(tiny_base: Path, filled: Cache) -> None:
    network, _ = made(tiny_base, filled)
    learning = {name for name, weight in network.unet.named_parameters() if weight.requires_grad}
    assert learning and all("lora_" in name for name in learning)
    network.finish([torch.zeros_like(weight) for weight in network.weights.masters])
    assert not any(weight.any() for weight in network.weights.used)
