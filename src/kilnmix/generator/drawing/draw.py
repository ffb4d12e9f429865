"""Drawing a pool: requests -> pictures, in batches that are fixed by request number."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from kilnmix.config import Draw, GeneratorSettings
from kilnmix.generator.acceleration import compiles, prepare_device
from kilnmix.generator.base import ADAPTER, device
from kilnmix.generator.drawing.guidance import guide, guided_steps, noise_level
from kilnmix.generator.drawing.samplers import sampler, set_timesteps
from kilnmix.generator.requests import Request, image_seed

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline


class Artist:
    """A base with its adapter merged into its weights, ready to draw batches of one size.

    Merged, an adapter costs nothing while drawing. With guidance the two predictions are two calls of the same shape:
    from a batch of 16 on a GPU is as busy with them as with one call of 32, and a compiled base has one shape only.
    """

    def __init__(self, pipeline: StableDiffusionPipeline, settings: GeneratorSettings, where: torch.device):
        self.draw, self.size, self.where = settings.draw, settings.size, where
        prepare_device(where)
        bare = None
        if ADAPTER in getattr(pipeline.unet, "peft_config", {}):
            if settings.draw.guided and settings.draw.unconditional == "base":
                bare = copy.deepcopy(pipeline.unet)
                bare.delete_adapters(ADAPTER)
                bare.to(where, memory_format=torch.channels_last)
            pipeline.fuse_lora(components=["unet"], adapter_names=[ADAPTER])
            pipeline.unload_lora_weights()
        self.unet, self.vae = pipeline.unet, pipeline.vae
        self.unet.to(where, memory_format=torch.channels_last)
        self.vae.to(where)
        self.bare = bare or self.unet
        self.scheduler = sampler(pipeline.scheduler.config, settings.draw)
        if settings.draw.scheduler == "base":
            self.scheduler = pipeline.scheduler
        self.compiled = compiles(settings, where, settings.draw.images)
        if self.compiled:
            self.vae.to(memory_format=torch.channels_last)
            for module in {id(part): part for part in (self.unet, self.bare)}.values():
                module.compile(dynamic=False)
            self.vae.decoder.compile(dynamic=False)

    @torch.inference_mode()
    def pictures(self, told: torch.Tensor, untold: torch.Tensor, seeds: Sequence[int]) -> torch.Tensor:
        """Draws a batch.

        Args:
            told: (b, L, D) caption embeddings; untold: (1, L, D) of the empty or the negative caption.
            seeds: (b,) each image's own.

        Returns:
            (b, size, size, 3) uint8 on the CPU.
        """
        rng = [torch.Generator().manual_seed(seed) for seed in seeds]
        dtype = self.unet.dtype
        told = told.to(self.where, dtype)
        untold = untold.to(self.where, dtype).expand(len(told), -1, -1)
        steps = set_timesteps(self.scheduler, self.draw, self.where)
        side = self.size // 2 ** (len(self.vae.config.block_out_channels) - 1)
        shape = (1, self.unet.config.in_channels, side, side)
        latents = torch.cat([torch.randn(shape, generator=own) for own in rng]).to(self.where)
        latents = latents * self.scheduler.init_noise_sigma
        levels = [noise_level(self.scheduler.alphas_cumprod, int(step)) for step in steps.tolist()]
        guided = guided_steps(levels, self.draw.interval)
        for step, guides in zip(steps, guided, strict=True):
            seen = self.scheduler.scale_model_input(latents, step).to(dtype)
            times = step.expand(len(told))
            predicted = self.unet(seen, times, told, return_dict=False)[0].float()
            if guides and self.draw.guided:
                without = self.bare(seen, times, untold, return_dict=False)[0].float()
                predicted = guide(predicted, without, self.draw.guidance)
            latents = self.scheduler.step(predicted, step, latents, return_dict=False, **self._noise(rng))[0]
        return self._decoded(latents)

    def _noise(self, rng: list[torch.Generator]) -> dict[str, list[torch.Generator]]:
        import inspect

        takes = "generator" in inspect.signature(self.scheduler.step).parameters
        return {"generator": rng} if takes else {}

    def _decoded(self, latents: torch.Tensor) -> torch.Tensor:
        config = self.vae.config
        latents = latents / config.scaling_factor + (getattr(config, "shift_factor", None) or 0.0)
        images = self.vae.decode(latents.to(self.vae.dtype), return_dict=False)[0].float()
        images = (images * 0.5 + 0.5).clamp(0, 1)
        return (images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu()


def draw_pool(
    pipeline: StableDiffusionPipeline,
    requests: Sequence[Request],
    embeddings: torch.Tensor,
    prompt_rows: Sequence[int],
    settings: GeneratorSettings,
    seed: int,
    done: Callable[[Request], bool],
) -> Iterator[tuple[Request, np.ndarray]]:
    """Draws the pool batch by batch; a batch of which every image is `done` is passed over.

    The last batch is filled up with its last request, so that all batches have one shape.

    Args:
        pipeline: with the adapter in it, which is merged into its weights.
        embeddings: (m, L, D), row 0 the empty caption; prompt_rows: for every request the row of its caption.
        seed: of this pool; each image's noise follows from it and the request's number alone.
        done: whether a request's image lies on disk already.

    Yields:
        (request, (size, size, 3) uint8) for every image that was missing.
    """
    draw: Draw = settings.draw
    artist = Artist(pipeline, settings, device())
    for start in range(0, len(requests), draw.batch_size):
        batch = requests[start : start + draw.batch_size]
        if all(done(request) for request in batch):
            continue
        width = draw.batch_size if artist.compiled else len(batch)
        places = [min(start + place, start + len(batch) - 1) for place in range(width)]
        seeds = [image_seed(seed, requests[place].number) for place in places]
        images = artist.pictures(embeddings[[prompt_rows[place] for place in places]], embeddings[:1], seeds).numpy()
        for request, image in zip(batch, images, strict=False):
            if not done(request):
                yield request, image
