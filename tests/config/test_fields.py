"""Kinds of values that settings share."""

from typing import Any

import pytest
from pydantic import ValidationError

from kilnmix.common.errors import UserError
from kilnmix.config.fields import Fraction, Frozen, Numbers, Positive, Rate, Share, Weight, different
from tests.composed import settings


def test_settings_cannot_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().seed = 1  # type: ignore[misc]


class Example(Frozen):
    share: Share
    fraction: Fraction
    count: Positive
    rate: Rate
    weight: Weight
    numbers: Numbers


GOOD = {"share": 0, "fraction": 0.5, "count": 1, "rate": 1e-9, "weight": 0, "numbers": [2, 1]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("share", 1.0), ("share", -0.1), ("fraction", 0), ("fraction", 1), ("count", 0), ("count", 1.5), ("rate", 0),
        ("rate", float("inf")), ("weight", -1e-9), ("weight", float("nan")), ("numbers", []), ("numbers", [1, 1]),
        ("other", 1),
    ],
)  # fmt: skip
def test_values_out_of_range_and_unknown_names(name: str, value: object) -> None:
    assert Example.model_validate(GOOD).numbers == (2, 1)
    with pytest.raises(ValidationError):
        Example.model_validate(GOOD | {name: value})


def test_the_same_twice() -> None:
    assert different((3, 1)) == (3, 1)
    with pytest.raises(ValueError, match="something twice"):
        different((3, 1, 3))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": -1}, r"seed: Input should be greater than or equal to 0"),
        ({"seed": 2**32}, r"seed: Input should be less than 4294967296"),
        ({"adapters": [-1]}, r"adapters\.0: Input should be greater than or equal to 0"),
        ({"classifier": {"steps": 10**23}}, r"classifier\.steps: Input should be less than or equal to 1000000000"),
        ({"experiment": {"seeds": [-1]}}, r"experiment\.seeds\.0"),
        ({"search": {"playoff": [-1]}}, r"search\.playoff\.0"),
    ],
)
def test_numbers_have_limits(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        settings(**changes)
