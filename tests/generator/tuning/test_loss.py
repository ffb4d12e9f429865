"""The loss by hand and by diffusers' formulas."""

import pytest
import torch
from diffusers import DDPMScheduler

from kilnmix.generator.tuning.loss import target, weighted_error


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample"])
def test_what_the_base_was_trained_to_predict(prediction: str) -> None:
    noising = DDPMScheduler(num_train_timesteps=10, prediction_type=prediction)
    latents, noise = torch.full((2, 1, 1, 1), 3.0), torch.full((2, 1, 1, 1), 5.0)
    steps = torch.tensor([0, 9])
    signal = noising.alphas_cumprod[steps]
    # v = sqrt(a) noise - sqrt(1 - a) latents (Salimans and Ho 2022, appendix D).
    expected = {
        "epsilon": torch.full((2,), 5.0),
        "sample": torch.full((2,), 3.0),
        "v_prediction": signal.sqrt() * 5 - (1 - signal).sqrt() * 3,
    }[prediction]
    torch.testing.assert_close(target(noising, latents, noise, steps).flatten(), expected)


def test_errors_are_weighted_by_their_timestep() -> None:
    wanted = torch.zeros(2, 1, 1, 2)
    predicted = torch.tensor([[[[1.0, 3.0]]], [[[2.0, 2.0]]]], dtype=torch.bfloat16)
    # Squared errors 5 and 4; weights 0.5 at timestep 2 and 10 at timestep 0.
    found = weighted_error(predicted, wanted, torch.tensor([2, 0]), torch.tensor([10.0, 1.0, 0.5]))
    assert (found.item(), found.dtype) == ((5 * 0.5 + 4 * 10) / 2, torch.float32)
    # The second image counts a quarter, the first twice.
    weights = torch.tensor([10.0, 1.0, 0.5])
    found = weighted_error(predicted, wanted, torch.tensor([2, 0]), weights, torch.tensor([2.0, 0.25]))
    assert found.item() == (2 * 5 * 0.5 + 0.25 * 4 * 10) / 2
