"""The plot of forest, read from its specification."""

from __future__ import annotations

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.forest import forest
from tests.report.plots.drawn import rows


def test_the_forest_has_a_line_for_every_primary_comparison(context: ReportContext) -> None:
    drawn = rows(forest(context), 2)
    assert len(drawn) == 3 * 4
    found = context.inputs.verdict.tasks[1].arms["mix-90-10"].vs_real
    assert found is not None
    row = next(row for row in drawn if row["row"] == "1 mix-90-10")
    assert (row["task"], row["kind"]) == ("Glaze", "harms")
    assert [row["low"], row["delta"], row["high"]] == pytest.approx(
        [100 * v for v in (found.low, found.delta, found.high)]
    )
