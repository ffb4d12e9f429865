"""Ways of weighting by name."""

import pytest
import torch

from kilnmix.classifier.training.weighting import Name, weighting
from kilnmix.classifier.training.weighting.dwa import DynamicAverage
from kilnmix.classifier.training.weighting.famo import Famo
from kilnmix.classifier.training.weighting.static import Static
from kilnmix.classifier.training.weighting.uncertainty import Uncertainty


@pytest.mark.parametrize(
    ("name", "kind"), [("static", Static), ("uncertainty", Uncertainty), ("dwa", DynamicAverage), ("famo", Famo)]
)
def test_every_way_keeps_the_fixed_factors(name: Name, kind: type) -> None:
    made = weighting(name, [1.0, 3.0], 2)
    assert type(made) is kind
    both = torch.tensor([True, True])
    totals = [made(torch.tensor(losses), both).item() for losses in ([2.0, 5.0], [2.0, 6.0])]
    assert totals[1] > totals[0]
    if name != "famo":  # whose total is no sum of losses
        assert totals[0] == pytest.approx(17.0)
