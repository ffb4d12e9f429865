"""Pure mathematics of tuning: the noise schedule's signal-to-noise ratio, loss weights, learning rate."""

from __future__ import annotations

import torch

from kilnmix.common.schedules import half_cosine


def min_snr_weights(alphas_cumprod: torch.Tensor, prediction: str, gamma: float | None) -> torch.Tensor:
    """(T,) weight of the squared error at every timestep.

    Hang et al. 2023 (arXiv 2303.09556), equations 4 to 6: min(SNR, gamma) / SNR for noise prediction,
    min(SNR, gamma) / (SNR + 1) for velocity prediction, min(SNR, gamma) for sample prediction, SNR being
    alpha_bar / (1 - alpha_bar). With `gamma` None every weight is 1.

    Args:
        alphas_cumprod: (T,) float, alpha_bar of the scheduler.
        prediction: `epsilon`, `v_prediction` or `sample`.
    """
    if gamma is None:
        return torch.ones_like(alphas_cumprod)
    signal = alphas_cumprod.double()
    ratio = signal / (1 - signal)
    clipped = ratio.clamp(max=gamma)
    if prediction == "sample":
        weights = clipped
    elif prediction == "v_prediction":
        weights = clipped / (ratio + 1)
    else:
        weights = torch.where(ratio > 0, clipped / ratio, torch.ones_like(ratio))
    return weights.to(alphas_cumprod.dtype)


def learning_rate(step: int, steps: int, warmup: int, peak: float, schedule: str = "cosine") -> float:
    """Rises linearly to `peak` over `warmup` steps, then stays, or falls along half a cosine to zero at `steps`.

    Args:
        schedule: `cosine` or `constant`.
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    if schedule == "constant":
        return peak
    total = max(steps - warmup, 1)
    return peak * half_cosine(min(step - warmup, total), total)
