import pytest
import torch
from diffusers import DDPMScheduler
from diffusers.training_utils import compute_snr

from kilnmix.generator.tuning.schedule import learning_rate, min_snr_weights


def test_min_snr_weights_agree_with_the_ratio_that_diffusers_computes() -> None:
    scheduler = DDPMScheduler(num_train_timesteps=100)
    steps = torch.arange(100)
    ratio = compute_snr(scheduler, steps)
    clipped = ratio.clamp(max=5.0)
    torch.testing.assert_close(min_snr_weights(scheduler.alphas_cumprod, "epsilon", 5.0), clipped / ratio)
    torch.testing.assert_close(min_snr_weights(scheduler.alphas_cumprod, "v_prediction", 5.0), clipped / (ratio + 1))
    torch.testing.assert_close(min_snr_weights(scheduler.alphas_cumprod, "sample", 5.0), clipped)


def test_without_gamma_and_without_signal_the_weight_is_one() -> None:
    assert min_snr_weights(torch.tensor([0.9, 0.5]), "epsilon", None).tolist() == [1.0, 1.0]
    assert min_snr_weights(torch.tensor([0.0]), "epsilon", 5.0).tolist() == [1.0]


def test_the_rate_rises_over_the_warmup_and_falls_to_zero() -> None:
    rates = [learning_rate(step, 10, 2, 1.0) for step in range(10)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates[6] == pytest.approx(0.5)
    assert learning_rate(10, 10, 2, 1.0) == pytest.approx(0.0)
    assert learning_rate(0, 10, 0, 0.3) == pytest.approx(0.3)
