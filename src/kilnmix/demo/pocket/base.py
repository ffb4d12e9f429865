"""The pocket base: text encoder and UNet over the autoencoder's latents, as one Stable Diffusion pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from kilnmix.common import seeds
from kilnmix.common.seeds import derive
from kilnmix.demo import generic
from kilnmix.demo.generic import Traits
from kilnmix.demo.pocket import captions, text
from kilnmix.demo.pocket.autoencoder import pixels
from kilnmix.demo.pocket.loop import Loss, device

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

BATCH = 32
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
    """Widths of the base. The first stage of the UNet has convolutions only, the others attend to the caption."""

    channels: tuple[int, ...] = (64, 96, 128)
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
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * (stages - 1),
        up_block_types=("CrossAttnUpBlock2D",) * (stages - 1) + ("UpBlock2D",),
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
    for start in range(0, len(images), 100):
        batch = pixels(images[start : start + 100])
        both = [vae.encode(one).latent_dist.mean for one in (batch, batch.flip(-1))]
        coded.append(torch.stack(both, 1).half())
    return torch.cat(coded)


def loss_of(model: Trained, tokenizer: CLIPTokenizer, latents: torch.Tensor, traits: list[Traits], seed: int) -> Loss:
    """Min-SNR weighted velocity error (Hang et al. 2023, Salimans and Ho 2022) on captioned latents, in bfloat16."""
    from diffusers import DDPMScheduler

    noising = DDPMScheduler(**NOISE)
    snr = noising.alphas_cumprod / (1 - noising.alphas_cumprod)
    weights = (snr.clamp(max=SNR_GAMMA) / (snr + 1)).to(device())

    def loss(step: int, part: slice) -> torch.Tensor:
        rng = torch.Generator().manual_seed(derive(seed, "pocket/base", step))
        words = seeds.generator(seed, "pocket/captions", step)
        chosen = torch.randint(len(latents), (BATCH,), generator=rng)
        mirrored = torch.randint(2, (BATCH,), generator=rng)
        # One timestep from each of BATCH equal stretches: the same mean loss, less noise.
        spread = torch.randperm(BATCH, generator=rng) + torch.rand(BATCH, generator=rng)
        timesteps = (spread / BATCH * len(snr)).long().clamp(max=len(snr) - 1)
        noise = torch.randn((BATCH, *latents.shape[2:]), generator=rng)
        told = ["" if words.random() < UNTOLD else generic.caption(traits[int(i)], words).text for i in chosen]
        clean = latents[chosen[part], mirrored[part]].float().to(device())
        noise, timesteps = noise[part].to(device()), timesteps[part].to(device())
        noised = noising.add_noise(clean, noise, timesteps)
        with torch.autocast(device().type, torch.bfloat16, cache_enabled=False):
            embedded = model.words(captions.tokens(tokenizer, told[part]).to(device())).last_hidden_state
            predicted = model.unet(noised, timesteps, embedded).sample.float()
        wanted = noising.get_velocity(clean, noise, timesteps)
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
