"""What words mean, as numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kilnmix.demo import generic
from kilnmix.demo.pocket import senses


def test_senses_are_the_renderer_s_values_standardised() -> None:
    traits = [generic.traits_of(0, number) for number in range(20)]
    known = senses.senses(traits)
    assert (len(known.type), *known.ware.shape, *known.period.shape) == (20, 20, 16, 20, 28)
    wares, _ = generic.names()
    bare = np.array([generic.marks_of(ware).bare for ware in wares])
    wanted = (generic.marks_of(traits[4].ware).bare - bare.mean()) / bare.std()
    assert known.ware[4, 3].item() == pytest.approx(wanted, abs=1e-3)
    assert known[torch.tensor([4])].period.shape == (1, 28)


def test_what_a_caption_does_not_tell_does_not_count() -> None:
    known = senses.senses([generic.traits_of(0, number) for number in range(2)])
    right = [torch.full((2, size), -9.0) for size in senses.sizes()[:2]]
    for answer, truth in zip(right, (known.type, known.glaze), strict=True):
        answer[torch.arange(2), truth] = 9.0
    wrong = [*right, known.ware + 1, known.period]
    told = torch.tensor([[0.0, 0, 0, 1], [0, 0, 1, 1]])
    # Of three traits told one is off by 1 everywhere; the mean over what is told, times four traits.
    assert senses.error(wrong, known, told).item() == pytest.approx(4 / 3, abs=1e-4)
