"""Pools in a table."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import PoolCount, ReportInputs
from kilnmix.report.tables import pools


def test_pools_count_what_was_rejected_and_masked(study: ReportInputs) -> None:
    counts = (PoolCount(0, 1, 10, 8, {"leak": 2}, {"glaze": 8}, {"glaze": 2}, 0.5, 0.25),)
    found = pools.pools(ReportContext.of(replace(study, pools=counts), "en"))
    shown = [str(cell.text) for cell in found.rows[0]]
    assert shown == ["0", "1", "10", "8", "2", "–", "2 (25\u00a0%)", "–", "–", "0.5 → 0.25"]
    assert len(found.head) == len(shown)
