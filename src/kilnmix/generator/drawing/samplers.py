"""The samplers, as diffusers' schedulers over the base's own noise schedule."""

from __future__ import annotations

from typing import Any

import torch

from kilnmix.config import Draw


def sampler(config: Any, draw: Draw) -> Any:
    """The scheduler that the settings ask for, from the base's own scheduler's configuration."""
    from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, LCMScheduler, UniPCMultistepScheduler

    if draw.scheduler == "dpm++":
        return DPMSolverMultistepScheduler.from_config(
            config, algorithm_type="dpmsolver++", solver_order=2, use_karras_sigmas=False, timestep_spacing="trailing"
        )
    if draw.scheduler == "unipc":
        return UniPCMultistepScheduler.from_config(config, solver_order=2, timestep_spacing="trailing")
    if draw.scheduler == "lcm":
        return LCMScheduler.from_config(config)
    return DDIMScheduler.from_config(config, timestep_spacing="trailing")


def set_timesteps(scheduler: Any, draw: Draw, device: torch.device) -> torch.Tensor:
    """Prepares the scheduler for one run and returns its (steps,) falling timesteps on `device`."""
    if draw.spacing > 1.0:
        total = scheduler.config.num_train_timesteps
        scheduler.set_timesteps(timesteps=timesteps(draw.steps, total, draw.spacing), device=device)
    else:
        scheduler.set_timesteps(draw.steps, device=device)
    return scheduler.timesteps


def timesteps(count: int, total: int, spacing: float) -> list[int]:
    """`count` falling timesteps below `total`, the i-th at total * (1 - i / count) ** spacing - 1, none twice.

    With `spacing` 1 these are the trailing timesteps of Lin et al. 2023 (arXiv 2305.08891), table 2.
    """
    chosen: list[int] = []
    for place in range(count):
        wanted = round(total * (1 - place / count) ** spacing) - 1
        # Room for those that follow, and below the one before.
        chosen.append(min(max(wanted, count - place - 1), chosen[-1] - 1 if chosen else total - 1))
    return chosen
