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


def test_dates_of_both_calendars_and_times() -> None:
    # Day 0 of the calendar of 1904 is 1462 days behind that of 1900.
    assert display.shown("44927", "dd/mm/yyyy") == display.shown(str(44927 - 1462), "dd/mm/yyyy", from_1904=True)
    assert display.shown("44927.5", "yyyy-mm-dd hh:mm") == "2023-01-01 12:00:00"


@pytest.mark.parametrize("value", ["nan", "inf", "twelve"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"no number|could not convert"):
        display.shown(value, "0")


@pytest.mark.parametrize(("value", "shown"), [("20240115123", "20240115123"), ("1e14", "100000000000000")])
def test_a_number_that_is_no_day_stays_a_number(value: str, shown: str) -> None:
    assert display.shown(value, "yyyy-mm-dd") == shown
