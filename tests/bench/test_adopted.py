"""Rules of adoption on scores and margins that are worked out by hand."""

from __future__ import annotations

import pytest

from bench import adopted
from kilnmix.statistics.paired import Paired

SCORES = {"real": 0.5, "mix": 0.53, "repeat": 0.51, "other": 0.4}
MARGINS = {"mix": Paired(0.03, 0.02), "repeat": Paired(0.01, 0.004), "other": Paired(-0.1, 0.01)}
"""1.5 errors ahead, 2.5 errors ahead, behind."""


@pytest.mark.parametrize(("ahead", "arm"), [(0.0, "mix"), (1.0, "mix"), (2.0, "repeat"), (3.0, "real")])
def test_the_highest_score_of_those_far_enough_ahead_is_taken(ahead: float, arm: str) -> None:
    assert adopted.taken(SCORES, MARGINS, ahead) == arm


def test_a_world_without_gains_is_told_as_such() -> None:
    found = adopted.tried("no arm gains", 5)
    assert found["best"] == 0
    assert [rule["gain"] for rule in found["rules"].values()] == [0] * len(adopted.RULES)
    taken = [rule["another"]["share"] for rule in found["rules"].values()]
    assert taken == sorted(taken, reverse=True)  # a stricter rule takes no arm that a more lenient one leaves


def test_a_large_gain_is_found_by_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adopted, "WORLDS", {"large": {"mix-40-60": 0.2}})
    found = adopted.tried("large", 3)
    assert [rule["gain"] for rule in found["rules"].values()] == pytest.approx([0.2] * len(adopted.RULES))
