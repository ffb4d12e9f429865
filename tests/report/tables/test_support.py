"""How far pools cover the photographs, as tables."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.curation.intervals import Interval
from kilnmix.curation.support import NAMES, Row
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import PoolSupport, ReportInputs
from kilnmix.report.tables import support

VALUES = {name: Interval(0.5, 0.25, 0.75) for name in NAMES}
POOL = PoolSupport(
    0, 1, (Row("", "", 8, 9, VALUES), Row("glaze", "celadon", 6, 7, VALUES), Row("glaze", "jun", 1, 1, {}))
)


def test_a_row_a_pool_and_a_row_a_class(study: ReportInputs) -> None:
    context = ReportContext.of(replace(study, support=(POOL,)), "en")
    found = support.pools(context)
    assert [str(cell.text) for cell in found.head] == [
        "Fold", "Adapter", "Kernel distance", "Precision", "Recall", "Density", "Coverage",
    ]  # fmt: skip
    assert [(cell.text, cell.second) for cell in found.rows[0]][:4] == [
        ("0", ""), ("1", ""), ("0.500", "0.250–0.750"), ("0.50", "0.25–0.75"),
    ]  # fmt: skip
    (glaze,) = support.classes(POOL, context)
    celadon, jun = glaze["table"].rows
    assert (celadon[1].text, celadon[1].second) == ("6", "7 photographs")
    assert (jun[1].second, jun[2].text) == ("1 photograph", "–") and "has no values" in jun[2].hover


def test_without_a_table_there_is_none(study: ReportInputs) -> None:
    assert not support.pools(ReportContext.of(replace(study, support=()), "zh"))
