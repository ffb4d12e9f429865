"""Numbers as spreadsheets show them."""

from __future__ import annotations

import pytest

from kilnmix.collection.tables import display


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("12", "0000", "0012"), ("12", "General", "12"), ("12.0", "General", "12"), ("0.5", "0%", "50%"),
        ("12", '"K"000', "K012"), ("1368", "#,##0", "1368"), ("3.14159", "0.00", "3.14"), ("-5", "0", "-5"),
        ("0.1", "General", "0.1"), ("44927", "yyyy-mm-dd", "2023-01-01"), ("44927", "yyyy", "2023"),
        ("12", "@", "12"), ("1.5", "#.##", "1.5"), ("7", "000-00", "7"),
    ],
)  # fmt: skip
def test_numbers_as_displayed(value: str, code: str, shown: str) -> None:
    assert display.shown(value, code) == shown
