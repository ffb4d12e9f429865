from __future__ import annotations

from kilnmix.report.plots.tuning import tuning
from tests.report.page.test_tuning import PLAIN, STOPPED, context
from tests.report.plots.drawn import rows


def test_the_validation_loss_is_drawn_where_there_is_any_else_that_of_training() -> None:
    assert [(row["adapter"], row["step"], row["loss"]) for row in rows(tuning(context(PLAIN, STOPPED)), 0)] == [
        ("0/1", 0, 0.3),
        ("0/1", 150, 0.2125),
        ("0/1", 250, 0.25),
    ]
    assert [row["step"] for row in rows(tuning(context(PLAIN)), 0)] == [8, 400]
    assert tuning(context()) is None
