"""The pocket autoencoder: 64 x 64 pixels to 16 x 16 latents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from kilnmix.common.seeds import derive
from kilnmix.demo.pocket.loop import Loss, device

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

BATCH = 8
KL = 1e-4


def build(channels: tuple[int, ...] = (16, 48, 96), latents: int = 8, size: int = 64) -> AutoencoderKL:
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


def loss_of(model: AutoencoderKL, images: np.ndarray, seed: int, bf16: bool = True) -> Loss:
    """Mean absolute + squared error, the same of edges (fine ornament counts little otherwise), a faint KL term."""

    halvings = len(model.config.block_out_channels) - 1
    code = (model.config.latent_channels, images.shape[1] >> halvings, images.shape[2] >> halvings)

    def loss(step: int, part: slice) -> torch.Tensor:
        rng = torch.Generator().manual_seed(derive(seed, "pocket/autoencoder", step))
        chosen = torch.randint(len(images), (BATCH,), generator=rng).numpy()
        batch = pixels(images[chosen[part]]).to(device())
        mirrored = torch.rand(BATCH, 1, 1, 1, generator=rng)[part].to(device()) < 0.5
        batch = torch.where(mirrored, batch.flip(-1), batch)
        noise = torch.randn((BATCH, *code), generator=rng)[part].to(device())
        with torch.autocast(device().type, torch.bfloat16, enabled=bf16, cache_enabled=False):
            posterior = model.encode(batch).latent_dist
            mean, logvar = posterior.mean.float(), posterior.logvar.float()
            drawn = model.decode(mean + noise * torch.exp(0.5 * logvar)).sample.float()
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
        return F.l1_loss(drawn, batch) + 2 * F.mse_loss(drawn, batch) + _edges(drawn - batch) + KL * kl

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
