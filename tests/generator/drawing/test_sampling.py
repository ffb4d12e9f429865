"""One batch through the sampler, against a loop over diffusers' scheduler."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler

from kilnmix.generator.drawing.samplers import sampler
from kilnmix.generator.drawing.sampling import Start, decode, generators, sample
from kilnmix.generator.text import TextStates
from tests.generator.conftest import make_settings

STATES = (TextStates(torch.ones(2, 1, 1)), TextStates(torch.zeros(2, 1, 1)))
SHAPE = (1, 2, 2)


def predict(seen: torch.Tensor, times: torch.Tensor, states: TextStates) -> torch.Tensor:
    return 0.1 * seen + 0.2 * states.embeddings[:, :, :, None]


def drawn(start: Start | None = None, seeds: tuple[int, ...] = (3, 4), **draw: object) -> torch.Tensor:
    settings = make_settings("x", draw={"scheduler": "ddim", "steps": 4, "guidance": 3.0, **draw}).draw
    scheduler = sampler(DDIMScheduler().config, settings)
    states = tuple(one.rows(range(len(seeds))) for one in STATES)
    return sample(predict, predict, scheduler, settings, states, SHAPE, generators(seeds), torch.device("cpu"), start)  # type: ignore[arg-type]


def by_hand(guidance: float, seeds: tuple[int, ...] = (3, 4)) -> torch.Tensor:
    scheduler = DDIMScheduler(timestep_spacing="trailing")
    scheduler.set_timesteps(4)
    latents = torch.cat([torch.randn((1, *SHAPE), generator=torch.Generator().manual_seed(seed)) for seed in seeds])
    for step in scheduler.timesteps:
        with_caption, without = (predict(latents, step, states) for states in STATES)
        latents = scheduler.step(without + guidance * (with_caption - without), step, latents).prev_sample
    return latents


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_guided_steps_are_the_schedulers(guidance: float) -> None:
    torch.testing.assert_close(drawn(guidance=guidance, interval=None), by_hand(guidance))


def test_an_image_depends_on_its_own_seed_alone() -> None:
    torch.testing.assert_close(drawn(seeds=(4,))[0], drawn()[1])


def test_a_photograph_is_left_nearly_as_it_is_at_a_low_strength() -> None:
    photographs = torch.full((2, *SHAPE), 2.0)
    near = drawn(Start(photographs, 0.25), steps=20)
    far = drawn(Start(photographs, 0.9), steps=20)
    assert (near - photographs).abs().mean() < (far - photographs).abs().mean()
    torch.testing.assert_close(drawn(Start(photographs, 1.0)), drawn())


def test_latents_become_pixels_in_the_range_of_bytes() -> None:
    torch.manual_seed(0)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",), up_block_types=("UpDecoderBlock2D",), block_out_channels=(4,),
        layers_per_block=1, latent_channels=4, norm_num_groups=2, sample_size=4, scaling_factor=0.5,
    )  # fmt: skip
    latents = torch.randn(2, 4, 4, 4)
    with torch.no_grad():
        pixels = decode(vae, latents)
        expected = (vae.decode(latents / 0.5).sample / 2 + 0.5).clamp(0, 1) * 255
    assert (pixels.shape, pixels.dtype) == ((2, 4, 4, 3), torch.uint8)
    torch.testing.assert_close(pixels.float(), expected.round().permute(0, 2, 3, 1))
