"""The loss of a denoising step. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from diffusers import DDPMScheduler


def target(noising: DDPMScheduler, latents: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
    """What the base was trained to predict: noise, velocity (Salimans and Ho 2022, arXiv 2202.00512) or latents."""
    prediction = noising.config.prediction_type
    if prediction == "epsilon":
        return noise
    if prediction == "v_prediction":
        return noising.get_velocity(latents, noise, timesteps)
    return latents


def weighted_error(
    predicted: torch.Tensor,
    wanted: torch.Tensor,
    timesteps: torch.Tensor,
    weights: torch.Tensor,
    factors: torch.Tensor | None = None,
) -> torch.Tensor:
    """Mean over the batch of the squared error, each image's weighted by its timestep; float32.

    Args:
        predicted, wanted: (b, C, h, w).
        timesteps: (b,) int64.
        weights: (T,) float32, a weight for every timestep.
        factors: (b,) float32, a weight for every image; None: 1 each.
    """
    errors = F.mse_loss(predicted.float(), wanted, reduction="none").mean(dim=(1, 2, 3))
    errors = errors * weights[timesteps]
    return (errors if factors is None else errors * factors).mean()
