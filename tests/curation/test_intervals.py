import pytest

from kilnmix.curation import intervals
from kilnmix.curation.intervals import Interval

NAMES = ("recall", "kid")
KID = {"kid": Interval(-0.001, -0.01, 0.01)}


def test_intervals_are_columns_and_are_read_again() -> None:
    head = intervals.columns(NAMES)
    assert head == ["recall", "recall_low", "recall_high", "kid", "kid_low", "kid_high"]
    cells = intervals.cells(KID, NAMES)
    assert cells == ["", "", "", "-0.001000", "-0.010000", "0.010000"]
    assert intervals.read(dict(zip(head, cells, strict=True)), NAMES) == KID
    assert intervals.metrics(KID, "support.") == {
        "support.kid": -0.001, "support.kid.low": -0.01, "support.kid.high": 0.01,
    }  # fmt: skip


@pytest.mark.parametrize("cell", ["nan", "-inf", "", "low"])
def test_a_cell_that_is_no_finite_number_is_refused(cell: str) -> None:
    row = dict.fromkeys(intervals.columns(NAMES), "0.5")
    with pytest.raises(ValueError):
        intervals.read({**row, "kid_low": cell}, NAMES)
    with pytest.raises(ValueError):
        intervals.read({**row, "kid": cell}, NAMES)
