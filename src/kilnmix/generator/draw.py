"""Drawing: requests -> pictures, in batches that are fixed by request number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from kilnmix.common.seeds import derive
from kilnmix.config import Draw
from kilnmix.generator.base import device
from kilnmix.generator.requests import Request
from kilnmix.generator.schedule import timesteps

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline


def set_scheduler(pipeline: StableDiffusionPipeline, draw: Draw) -> None:
    """Swaps in the sampler that the settings ask for; the noise schedule stays the base's."""
    from diffusers import DDIMScheduler, DPMSolverMultistepScheduler

    config = pipeline.scheduler.config
    if draw.scheduler == "dpm++":
        pipeline.scheduler = DPMSolverMultistepScheduler.from_config(
            config, algorithm_type="dpmsolver++", solver_order=2, use_karras_sigmas=False, timestep_spacing="trailing"
        )
    elif draw.scheduler == "ddim":
        pipeline.scheduler = DDIMScheduler.from_config(config, timestep_spacing="trailing")


def image_seed(seed: int, number: int) -> int:
    """The seed of one image of a pool, from the pool's seed and the request's number."""
    return derive(seed, "image", number)


@torch.inference_mode()
def draw_pool(
    pipeline: StableDiffusionPipeline,
    requests: Sequence[Request],
    embeddings: torch.Tensor,
    prompt_rows: Sequence[int],
    draw: Draw,
    size: int,
    seed: int,
    done: Callable[[Request], bool],
) -> Iterator[tuple[Request, np.ndarray]]:
    """Draws the pool batch by batch; a batch of which every image is `done` is passed over.

    Args:
        embeddings: (m, L, D), row 0 the empty caption; prompt_rows: for every request the row of its caption.
        size: side in pixels.
        seed: of this pool; each image's noise follows from it and the request's number alone.
        done: whether a request's image lies on disk already.

    Yields:
        (request, (size, size, 3) uint8) for every image that was missing.
    """
    set_scheduler(pipeline, draw)
    where = device()
    pipeline.to(where)
    pipeline.unet.to(memory_format=torch.channels_last)
    total = pipeline.scheduler.config.num_train_timesteps
    spaced = {"timesteps": timesteps(draw.steps, total, draw.spacing)} if draw.spacing > 1.0 else {}
    for start in range(0, len(requests), draw.batch_size):
        batch = requests[start : start + draw.batch_size]
        if all(done(request) for request in batch):
            continue
        rows = [prompt_rows[index] for index in range(start, start + len(batch))]
        told = embeddings[rows].to(where, pipeline.unet.dtype)
        untold = embeddings[[0] * len(batch)].to(where, pipeline.unet.dtype) if draw.guided else None
        noise = [torch.Generator().manual_seed(image_seed(seed, request.number)) for request in batch]
        images = pipeline(
            prompt_embeds=told,
            negative_prompt_embeds=untold,
            num_inference_steps=draw.steps,
            guidance_scale=draw.guidance if draw.guided else 1.0,
            generator=noise,
            height=size,
            width=size,
            output_type="np",
            **spaced,
        ).images
        for request, image in zip(batch, (images * 255).round().astype(np.uint8), strict=True):
            if not done(request):
                yield request, image
