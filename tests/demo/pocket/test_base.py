"""The pocket base."""

from __future__ import annotations

import numpy as np
import torch

from kilnmix.demo.pocket import autoencoder, base


def images(count: int = 6, size: int = 16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


def test_standardised_latents_have_unit_channels_and_the_same_round_trip() -> None:
    torch.manual_seed(0)
    vae = autoencoder.build((8, 16), latents=4, size=16).eval()
    batch = autoencoder.pixels(images(64))
    with torch.no_grad():
        before = vae.decode(vae.encode(batch).latent_dist.mean).sample
        spread = (
            vae.encode(batch).latent_dist.std / vae.encode(batch).latent_dist.mean.std((0, 2, 3))[None, :, None, None]
        )
        base.standardise(vae, images(64))
        coded = vae.encode(batch).latent_dist
        assert torch.allclose(coded.mean.mean((0, 2, 3)), torch.zeros(4), atol=1e-3)
        assert torch.allclose(coded.mean.std((0, 2, 3)), torch.ones(4), atol=1e-3)
        assert torch.allclose(coded.std, spread, rtol=1e-3)
        assert torch.allclose(vae.decode(coded.mean).sample, before, atol=1e-3)
