"""Each strategy on images that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.config import CurationSettings
from kilnmix.curation import strategies
from kilnmix.curation.strategies import CHOICES, UNFILTERED
from kilnmix.curation.strategies.candidates import Candidates
from kilnmix.curation.strategies.diverse import centres
from tests import composed

LINE = np.array([0.0, 1.0, 2.0, 10.0, 4.0, 5.0])[:, None]


def candidates(groups: list[int]) -> Candidates:
    return Candidates(
        agreement=np.array([0.9, 0.2, 0.5, 0.7, 0.6, 0.6]),
        entropy=np.array([0.1, 0.8, 0.5, 0.2, 0.9, 0.4]),
        features=LINE,
        real=np.array([[-2.0], [2.0], [-2.0], [2.0]]),
        groups=np.array(groups),
        real_groups=np.zeros(4, np.int64),
    )


def chosen(name: str, groups: list[int], keep: float = 0.5) -> list[int]:
    return np.flatnonzero(CHOICES[name](candidates(groups), wanted(name, keep))).tolist()


def wanted(name: str, keep: float = 0.5) -> CurationSettings:
    return composed.settings(curation={"strategy": name, "keep": keep, "threshold": 0.6}).curation


@pytest.mark.parametrize(
    ("name", "together", "in_two_groups"),
    [
        ("all", [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]),
        ("masked", [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]),
        ("threshold", [0, 3, 4, 5], [0, 3, 4, 5]),
        ("top-k", [0, 3, 4], [0, 2, 3, 4]),  # two of each three; 4 and 5 are equal, and the first is taken
        ("hard", [1, 2, 4], [1, 2, 4, 5]),
        ("matched", [0, 1, 2], [1, 2, 4, 5]),  # how: test_matched
        # Mean 22 / 6: 4 is nearest; then 10, 6 away; then 0, 4 away. In the groups: 1 and, 1 away, 0; 5 and 10.
        ("diverse", [0, 3, 4], [0, 1, 3, 5]),
    ],
)
def test_what_is_chosen(name: str, together: list[int], in_two_groups: list[int]) -> None:
    assert chosen(name, [0] * 6) == together
    assert chosen(name, [0, 0, 0, 1, 1, 1]) == in_two_groups


def test_every_name_is_a_setting_and_at_least_one_of_a_group_stays() -> None:
    names = CurationSettings.model_fields["strategy"].annotation.__args__  # type: ignore[union-attr]
    assert set(names) == set(CHOICES) > UNFILTERED
    assert chosen("top-k", [0, 1, 2, 3, 4, 5], keep=0.01) == [0, 1, 2, 3, 4, 5]
    assert centres(LINE, 6).tolist()[0] == 4
    assert sorted(centres(LINE, 6).tolist()) == [0, 1, 2, 3, 4, 5]


def test_equal_images_are_chosen_once_each() -> None:
    assert sorted(centres(np.array([[1.0], [1.0], [1.0], [3.0]]), 3).tolist()) == [0, 1, 3]


def test_the_choice_is_among_accepted_images() -> None:
    status = ["accepted", "accepted", "leaked", "accepted", "memorised", "accepted"]
    # Of the images 0, 1, 3, 5 the agreements are 0.9, 0.2, 0.7, 0.6.
    found = strategies.choose(status, candidates([0] * 6), wanted("top-k"))
    assert found == ["accepted", "not-chosen", "leaked", "accepted", "memorised", "not-chosen"]
    assert strategies.choose(status, candidates([0] * 6), wanted("masked")) == status
    assert strategies.choose(["leaked"] * 6, candidates([0] * 6), wanted("matched")) == ["leaked"] * 6
