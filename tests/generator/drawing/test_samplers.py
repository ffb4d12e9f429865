import pytest
from diffusers import DPMSolverMultistepScheduler

from kilnmix.generator.drawing.samplers import timesteps


@pytest.mark.parametrize("count", [1, 4, 12, 20])
def test_even_timesteps_are_the_trailing_ones_of_diffusers(count: int) -> None:
    scheduler = DPMSolverMultistepScheduler(timestep_spacing="trailing")
    scheduler.set_timesteps(count)
    assert timesteps(count, 1000, 1.0) == scheduler.timesteps.tolist()


def test_more_timesteps_near_the_end() -> None:
    # 1000 x 1, 0.5625, 0.25 and 0.0625, less one.
    assert timesteps(4, 1000, 2.0) == [999, 561, 249, 61]
    # Where there is no room, one after the other.
    assert timesteps(5, 5, 3.0) == [4, 3, 2, 1, 0]
    assert timesteps(6, 20, 3.0) == [19, 11, 5, 2, 1, 0]
