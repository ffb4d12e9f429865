"""The pocket autoencoder: 64 x 64 pixels to 8 x 8 latents, as Stable Diffusion's takes an eighth of each side.

Its loss is that of pixels alone, without an adversary: what is finer than a latent's cell comes back as its mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from kilnmix.common.seeds import derive
from kilnmix.demo.pocket.loop import Loss, device, low_precision

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

KL = 1e-4


def build(channels: tuple[int, ...] = (16, 32, 64, 96), latents: int = 8, size: int = 64) -> AutoencoderKL:
    """An untrained AutoencoderKL: each stage but the last halves the image."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels),
        layers_per_block=1,
        latent_channels=latents,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=size,
        scaling_factor=1.0,
    )


def pixels(images: np.ndarray) -> torch.Tensor:
    """uint8 (n, h, w, 3) to float32 (n, 3, h, w) in -1..1."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1


def loss_of(model: AutoencoderKL, images: np.ndarray, seed: int, batch: int) -> Loss:
    """Mean absolute + squared error, the same of edges (outlines count little otherwise), a faint KL term."""
    halvings = len(model.config.block_out_channels) - 1
    code = (model.config.latent_channels, images.shape[1] >> halvings, images.shape[2] >> halvings)
    stored, bf16 = torch.from_numpy(images).to(device()), low_precision()

    def loss(step: int, part: slice) -> torch.Tensor:
        rng = torch.Generator(device()).manual_seed(derive(seed, "pocket/autoencoder", step))
        chosen = torch.randint(len(stored), (batch,), generator=rng, device=device())[part]
        mirrored = torch.rand(batch, 1, 1, 1, generator=rng, device=device())[part] < 0.5
        noise = torch.randn((batch, *code), generator=rng, device=device())[part]
        clean = stored[chosen].permute(0, 3, 1, 2).float() / 127.5 - 1
        clean = torch.where(mirrored, clean.flip(-1), clean)
        with torch.autocast(device().type, torch.bfloat16, enabled=bf16, cache_enabled=False):
            posterior = model.encode(clean).latent_dist
            mean, logvar = posterior.mean.float(), posterior.logvar.float()
            drawn = model.decode(mean + noise * torch.exp(0.5 * logvar)).sample.float()
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
        return F.l1_loss(drawn, clean) + 2 * F.mse_loss(drawn, clean) + _edges(drawn - clean) + KL * kl

    return loss


def _edges(error: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of neighbouring errors, along rows and along columns."""
    return (error[..., 1:] - error[..., :-1]).abs().mean() + (error[..., 1:, :] - error[..., :-1, :]).abs().mean()


@torch.no_grad()
def psnr(model: AutoencoderKL, images: np.ndarray) -> float:
    """Mean over images of the peak signal-to-noise ratio in dB of the round trip, uint8 (n, h, w, 3)."""
    values = []
    for start in range(0, len(images), 32):
        batch = pixels(images[start : start + 32])
        back = model.decode(model.encode(batch).latent_dist.mode()).sample.clamp(-1, 1)
        error = ((back - batch) / 2).square().mean((1, 2, 3))
        values += (-10 * torch.log10(error)).tolist()
    return float(np.mean(values))
