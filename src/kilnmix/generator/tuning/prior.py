"""Prior preservation: what the bare base draws of the kind of thing is learned beside the photographs.

Ruiz et al. 2022 (DreamBooth, arXiv 2208.12242, equation 2). The base's latents are taken as they are drawn, not decoded
and encoded again.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from kilnmix.common.files import replacing
from kilnmix.common.seeds import derive
from kilnmix.config import GeneratorSettings
from kilnmix.generator.base import latent_factor
from kilnmix.generator.cache import Cache
from kilnmix.generator.drawing.samplers import sampler
from kilnmix.generator.drawing.sampling import generators, sample
from kilnmix.generator.text import TextStates, encode_captions, size_ids, unet_inputs


@dataclass(frozen=True)
class PriorImages:
    """Images of the bare base.

    Attributes:
        latents: (m, C, h, w) float32, scaled as the UNet expects.
        caption: the row of their caption in the cache.
        weight: of their mean loss.
    """

    latents: torch.Tensor
    caption: int
    weight: float


def prepare(
    pipeline: Any, cache: Cache, settings: GeneratorSettings, seed: int, path: Path, device: torch.device
) -> tuple[Cache, PriorImages | None]:
    """The cache with the prior's caption as its last, and the images; both as they were where none are asked for.

    Args:
        pipeline: the bare base.
        path: file in which the drawn latents are kept, for a tuning that is broken off.
    """
    prior = settings.lora.prior
    if not prior.images:
        return cache, None
    states = encode_captions(pipeline, ["", prior.caption])
    own = states.rows([1])
    extended = dataclasses.replace(
        cache,
        captions=(*cache.captions, prior.caption),
        embeddings=torch.cat([cache.embeddings, own.embeddings]),
        pooled=None if cache.pooled is None or own.pooled is None else torch.cat([cache.pooled, own.pooled]),
    )
    latents = _kept(path, prior.images)
    if latents is None:
        latents = drawn(pipeline, states, settings, seed, device)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=True) as draft:
            save_file({"latents": latents}, draft)
    return extended, PriorImages(latents, len(cache.captions), prior.weight)


def _kept(path: Path, images: int) -> torch.Tensor | None:
    """The latents of a tuning that was broken off; None where they cannot be read."""
    try:
        # A copy: the file's own memory would change with the file.
        latents = load_file(path)["latents"].clone()
    except (SafetensorError, OSError, KeyError, ValueError):
        return None
    return latents if len(latents) == images else None


@torch.no_grad()
def drawn(
    pipeline: Any, states: TextStates, settings: GeneratorSettings, seed: int, device: torch.device
) -> torch.Tensor:
    """(m, C, h, w) float32 on the CPU: the bare base's latents of the prior's caption, each from its own seed.

    Args:
        states: of the empty and of the prior's caption.
    """
    prior, unet = settings.lora.prior, pipeline.unet.to(device)
    # Nothing of generator.draw, which dvc.yaml's finetune does not follow.
    own = {"steps": prior.steps, "guidance": prior.guidance, "interval": None, "scheduler": "dpm++", "spacing": 1.0}
    draw = settings.draw.model_copy(update={**own, "mode": "text"})
    side = settings.size // latent_factor(pipeline)
    shape = (unet.config.in_channels, side, side)
    sizes = size_ids(pipeline, (settings.size, settings.size), device, unet.dtype)
    told = states.to(device, unet.dtype)

    def predict(seen: torch.Tensor, times: torch.Tensor, given: TextStates) -> torch.Tensor:
        predicted: torch.Tensor = unet(seen.to(unet.dtype), times, **unet_inputs(given, sizes))[0]
        return predicted.float()

    parts = []
    for start in range(0, prior.images, settings.lora.batch_size):
        seeds = [derive(seed, "prior", n) for n in range(start, min(start + settings.lora.batch_size, prior.images))]
        both = (told.rows([1]).repeated(len(seeds)), told.rows([0]).repeated(len(seeds)))
        scheduler = sampler(pipeline.scheduler.config, draw)
        parts.append(sample(predict, predict, scheduler, draw, both, shape, generators(seeds), device).float().cpu())
    return torch.cat(parts)
