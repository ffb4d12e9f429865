"""One batch through the sampler: noise and conditions -> latents. The same for pools and for the looks while tuning."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from kilnmix.config import Draw
from kilnmix.generator.drawing.guidance import guide, guided_steps, noise_level
from kilnmix.generator.drawing.samplers import set_timesteps
from kilnmix.generator.text import TextStates

Predict = Callable[[torch.Tensor, torch.Tensor, TextStates], torch.Tensor]
"""(b, C, h, w) noised latents, (b,) timesteps, captions -> (b, C, h, w) float32, what the base predicts."""


@dataclass(frozen=True)
class Start:
    """Where drawing begins: from noise alone, or from photographs' latents at `strength` of the way.

    Attributes:
        latents: (b, C, h, w) float32, or None.
        strength: part of the timesteps that are drawn.
    """

    latents: torch.Tensor | None = None
    strength: float = 1.0


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """A generator for each image, on the CPU, so that every device draws the same image."""
    return [torch.Generator().manual_seed(seed) for seed in seeds]


# Nine parameters: a sampler is a function of all of them.
def sample(
    predict: Predict,
    unguided: Predict,
    scheduler: Any,
    draw: Draw,
    states: tuple[TextStates, TextStates],
    shape: tuple[int, ...],
    rng: list[torch.Generator],
    device: torch.device,
    start: Start | None = None,
) -> torch.Tensor:
    """Draws a batch of latents.

    Args:
        predict, unguided: the conditional prediction and the one that guidance leads away from.
        states: of the b captions, and of what guidance leads away from.
        shape: (C, h, w) of one image's latents.
        rng: each image's own generator; its noise depends on nothing else.

    Returns:
        (b, C, h, w) float32.
    """
    # Nine arguments: the sampler is called from two places whose parts differ, and a class of them would only be
    # unpacked again.
    start = start or Start()
    conditional, unconditional = states
    steps = set_timesteps(scheduler, draw, device)
    steps = steps[len(steps) - max(round(start.strength * len(steps)), 1) :]
    noise = torch.cat([torch.randn((1, *shape), generator=own) for own in rng]).to(device)
    if start.latents is None or len(steps) == len(scheduler.timesteps):
        latents = noise * scheduler.init_noise_sigma
    else:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(len(scheduler.timesteps) - len(steps))
        latents = scheduler.add_noise(start.latents.to(device), noise, steps[:1].expand(len(noise)))
    levels = [noise_level(scheduler.alphas_cumprod, int(step)) for step in steps.tolist()]
    takes_rng = {"generator": rng} if "generator" in inspect.signature(scheduler.step).parameters else {}
    for step, guides in zip(steps, guided_steps(levels, draw.interval), strict=True):
        seen = scheduler.scale_model_input(latents, step)
        times = step.expand(len(latents))
        predicted = predict(seen, times, conditional)
        if guides and draw.guided:
            predicted = guide(predicted, unguided(seen, times, unconditional), draw.guidance)
        latents = scheduler.step(predicted, step, latents, return_dict=False, **takes_rng)[0]
    return latents


def decode(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """(b, C, h, w) latents -> (b, S, S, 3) uint8 on the CPU."""
    config = vae.config
    latents = latents / config.scaling_factor + (getattr(config, "shift_factor", None) or 0.0)
    images = vae.decode(latents.to(vae.dtype), return_dict=False)[0].float()
    images = (images * 0.5 + 0.5).clamp(0, 1)
    return (images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu()
