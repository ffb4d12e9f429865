import torch

from kilnmix.generator.drawing.guidance import guide, guided_steps, noise_level


def test_noise_levels_are_the_ratio_of_deviations() -> None:
    # alpha_bar 0.8: sqrt(0.2 / 0.8); 0.5: 1; 0: no image is left.
    table = torch.tensor([0.8, 0.5, 0.0])
    assert [round(noise_level(table, step), 6) for step in range(3)] == [0.5, 1.0, float("inf")]


def test_steps_are_guided_inside_the_interval() -> None:
    assert guided_steps([9.0, 5.0, 1.0, 0.5, 0.1], (0.5, 5.0)) == [False, True, True, False, False]
    assert guided_steps([9.0, 0.1], None) == [True, True]


def test_guidance_leads_away_from_the_unconditional() -> None:
    assert guide(torch.tensor(3.0), torch.tensor(1.0), 2.0) == 5.0
    assert guide(torch.tensor(3.0), torch.tensor(1.0), 1.0) == 3.0
