import math

import pytest

from kilnmix.collection.confidence import confidence, sureness


@pytest.mark.parametrize(
    ("text", "value"),
    [(" Yes ", 1.0), ("已核", 1.0), ("UNSURE", 0.0), ("否", 0.0), ("0.25", 0.25), ("80%", 0.8), ("1", 1.0)],
)
def test_words_and_numbers(text: str, value: float) -> None:
    assert confidence(text) == value


@pytest.mark.parametrize("text", ["", "perhaps", "7", "-0.1", "120%", "nan"])
def test_what_says_nothing(text: str) -> None:
    assert math.isnan(confidence(text))


def test_sureness_in_a_table() -> None:
    assert [sureness(value) for value in (1.0, 0.0, math.nan)] == ["1", "0", ""]
