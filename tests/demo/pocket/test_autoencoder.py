"""The pocket autoencoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kilnmix.demo.pocket import autoencoder, loop
from kilnmix.demo.pocket.loop import device


def images(count: int = 6, size: int = 16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


def test_psnr_is_that_of_the_mean_squared_error() -> None:
    class Grey:
        def encode(self, batch: torch.Tensor) -> Grey:
            self.latent_dist = self
            return self

        def mode(self) -> torch.Tensor:
            return torch.zeros(1)

        def decode(self, _: torch.Tensor) -> Grey:
            self.sample = torch.zeros(2, 3, 4, 4)
            return self

    white = np.full((2, 4, 4, 3), 255, np.uint8)
    # Grey for white is wrong by half the range: 10 log10(1 / 0.25).
    assert autoencoder.psnr(Grey(), white) == pytest.approx(6.0206, abs=1e-3)


def test_pixels_between_minus_one_and_one_and_back() -> None:
    shown = autoencoder.pixels(np.array([[[[0, 255, 51]]]], np.uint8))
    assert shown.shape == (1, 3, 1, 1) and shown.flatten().tolist() == pytest.approx([-1, 1, -0.6])


def test_each_stage_but_the_last_halves_the_image() -> None:
    torch.manual_seed(0)
    vae = autoencoder.build((8, 8, 8), latents=4, size=16).eval()
    with torch.no_grad():
        assert vae.encode(autoencoder.pixels(images(2))).latent_dist.mean.shape == (2, 4, 4, 4)
        back = vae.decode(torch.zeros(2, 4, 4, 4)).sample
    assert back.shape == (2, 3, 16, 16)


def test_the_loss_falls_with_training() -> None:
    torch.manual_seed(0)
    vae = autoencoder.build((8, 8), latents=4, size=16).to(device())
    loss = autoencoder.loss_of(vae, images(4), seed=1, batch=4)
    whole = slice(None)
    assert loss(0, whole).item() == loss(0, whole).item() != loss(1, whole).item()
    optimizer = torch.optim.Adam(vae.parameters(), 1e-2)
    first = loss(0, whole)
    first.backward()
    optimizer.step()
    assert loss(0, whole).item() < first.item()


@pytest.mark.parametrize("fast", [False, True])
def test_steps_are_in_bfloat16_only_where_that_is_fast(monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    monkeypatch.setattr(loop, "fast_bfloat16", lambda device, depthwise: fast)
    vae, seen = autoencoder.build((8, 8), latents=4, size=16).to(device()), set[torch.dtype]()
    vae.encoder.conv_in.register_forward_hook(lambda module, given, made: seen.add(made.dtype))
    autoencoder.loss_of(vae, images(4), seed=1, batch=4)(0, slice(None))
    assert seen == {torch.bfloat16 if fast else torch.float32}
