"""When a step is guided, and what guidance makes of the two predictions. Pure."""

from __future__ import annotations

import torch


def noise_level(alphas_cumprod: torch.Tensor, timestep: int) -> float:
    """sigma = sqrt((1 - alpha_bar) / alpha_bar), the noise's standard deviation over the image's."""
    signal = float(alphas_cumprod[timestep])
    return ((1 - signal) / signal) ** 0.5 if signal > 0 else float("inf")


def guided_steps(levels: list[float], interval: tuple[float, float] | None) -> list[bool]:
    """Which steps are guided: those whose noise level lies in `interval`, its upper end included, or all.

    Kynkaanniemi et al. 2024 (arXiv 2404.07724), equation 3: guidance at high noise levels costs diversity, at low ones
    it changes nothing; in the middle alone it is better and takes less time.
    """
    if interval is None:
        return [True] * len(levels)
    low, high = interval
    return [low < level <= high for level in levels]


def guide(conditional: torch.Tensor, unconditional: torch.Tensor, guidance: float) -> torch.Tensor:
    """Ho and Salimans 2022 (arXiv 2207.12598), as diffusers writes it: guidance 1 is the conditional prediction."""
    return unconditional + guidance * (conditional - unconditional)
