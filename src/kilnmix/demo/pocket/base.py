"""The pocket base: text encoder and UNet over the autoencoder's latents, as one Stable Diffusion pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from kilnmix.common.seeds import derive
from kilnmix.demo.pocket import captions, text
from kilnmix.demo.pocket.autoencoder import pixels
from kilnmix.demo.pocket.loop import Loss, device, low_precision

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

UNTOLD = 0.1
"""Share of captions that are empty, for guidance (Ho and Salimans 2022)."""
SNR_GAMMA = 5.0
NOISE = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    # Without it the last step still shows the image's brightness, and drawings come out grey (Lin et al. 2023).
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
}


@dataclass(frozen=True)
class Shape:
    """Widths of the base. Every stage of the UNet attends to the caption."""

    channels: tuple[int, ...] = (96, 128)
    heads: int = 4
    text_width: int = 160
    text_layers: int = 3
    groups: int = 16


class Trained(nn.Module):
    """What is trained together: the UNet and the text encoder."""

    def __init__(self, unet: UNet2DConditionModel, words: CLIPTextModel):
        super().__init__()
        self.unet = unet
        self.words = words


def build(
    tokenizer: CLIPTokenizer, latents: int, edge: int, shape: Shape = Shape(), schooled: CLIPTextModel | None = None
) -> Trained:
    """An untrained UNet for latents of (latents, edge, edge), with a schooled text encoder or an untrained one."""
    from diffusers import UNet2DConditionModel

    stages = len(shape.channels)
    unet = UNet2DConditionModel(
        sample_size=edge,
        in_channels=latents,
        out_channels=latents,
        block_out_channels=shape.channels,
        down_block_types=("CrossAttnDownBlock2D",) * stages,
        up_block_types=("CrossAttnUpBlock2D",) * stages,
        layers_per_block=1,
        attention_head_dim=shape.heads,
        cross_attention_dim=shape.text_width,
        norm_num_groups=shape.groups,
        resnet_time_scale_shift="scale_shift",
        # The caption also goes, pooled, where the time goes: into every convolution block, not only the attentive ones.
        addition_embed_type="text",
        addition_embed_type_num_heads=shape.heads,
    )
    return Trained(unet, schooled or text.build(tokenizer, shape.text_width, shape.text_layers))


@torch.no_grad()
def standardise(vae: AutoencoderKL, images: np.ndarray) -> None:
    """Make every latent channel of `images` mean 0 and deviation 1, by folding the change into the 1 x 1 convolutions.

    A StableDiffusionPipeline knows one scaling factor for all channels and no shift; this way it needs neither.
    """
    means = torch.cat([vae.encode(pixels(images[i : i + 64])).latent_dist.mean for i in range(0, len(images), 64)])
    mean, std = means.mean((0, 2, 3)), means.std((0, 2, 3))
    half = len(mean)
    vae.quant_conv.weight[:half] /= std[:, None, None, None]
    vae.quant_conv.bias[:half] = (vae.quant_conv.bias[:half] - mean) / std
    vae.quant_conv.bias[half:] -= 2 * std.log()
    vae.post_quant_conv.bias += vae.post_quant_conv.weight[:, :, 0, 0] @ mean
    vae.post_quant_conv.weight *= std[None, :, None, None]


@torch.no_grad()
def encode(vae: AutoencoderKL, images: np.ndarray) -> torch.Tensor:
    """Latent means of the images and of their mirror images, float16 (n, 2, C, h, w)."""
    coded = []
    for start in range(0, len(images), 200):
        batch = pixels(images[start : start + 200]).to(vae.device)
        both = [vae.encode(one).latent_dist.mean for one in (batch, batch.flip(-1))]
        coded.append(torch.stack(both, 1).half().cpu())
    return torch.cat(coded)


def loss_of(model: Trained, latents: torch.Tensor, told: captions.Told, seed: int, batch: int) -> Loss:
    """Min-SNR weighted velocity error (Hang et al. 2023, Salimans and Ho 2022) on captioned latents.

    Args:
        latents: (n, 2, C, h, w) of n objects and their mirror images.
        told: what is said of those n objects.
    """
    from diffusers import DDPMScheduler

    noising = DDPMScheduler(**NOISE)
    alphas = noising.alphas_cumprod.to(device())
    snr = alphas / (1 - alphas)
    weights = snr.clamp(max=SNR_GAMMA) / (snr + 1)
    bf16 = low_precision()
    latents, ids, empty = latents.to(device()), told.ids.to(device()), told.empty.to(device())

    def loss(step: int, part: slice) -> torch.Tensor:
        rng = torch.Generator(device()).manual_seed(derive(seed, "pocket/base", step))

        def whole(below: int) -> torch.Tensor:
            return torch.randint(below, (batch,), generator=rng, device=device())

        chosen, mirrored, form = whole(len(latents)), whole(2), whole(ids.shape[1])
        # One timestep from each of `batch` equal stretches: the same mean loss, less noise.
        spread = torch.randperm(batch, generator=rng, device=device())
        spread = spread + torch.rand(batch, generator=rng, device=device())
        timesteps = (spread / batch * len(snr)).long().clamp(max=len(snr) - 1)[part]
        noise = torch.randn((batch, *latents.shape[2:]), generator=rng, device=device())[part]
        untold = torch.rand(batch, 1, generator=rng, device=device()) < UNTOLD
        words = torch.where(untold, empty, ids[chosen, form].long())[part]
        clean = latents[chosen, mirrored][part].float()
        # As DDPMScheduler adds noise and gives velocities, whose tables would be copied to the device at every step.
        signal = alphas[timesteps].sqrt()[:, None, None, None]
        sigma = (1 - alphas[timesteps]).sqrt()[:, None, None, None]
        with torch.autocast(device().type, torch.bfloat16, enabled=bf16, cache_enabled=False):
            embedded = model.words(words).last_hidden_state
            predicted = model.unet(signal * clean + sigma * noise, timesteps, embedded).sample.float()
        wanted = signal * noise - sigma * clean
        return ((predicted - wanted).square().mean((1, 2, 3)) * weights[timesteps]).mean()

    return loss


def pipeline(tokenizer: CLIPTokenizer, vae: AutoencoderKL, model: Trained) -> StableDiffusionPipeline:
    """The parts as one pipeline that `save_pretrained` writes."""
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=model.words,
        tokenizer=tokenizer,
        unet=model.unet,
        scheduler=DPMSolverMultistepScheduler(**NOISE),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
