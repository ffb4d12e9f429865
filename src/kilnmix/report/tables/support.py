"""How far pools and photographs cover each other in the judges' features."""

from __future__ import annotations

from typing import Any

from kilnmix.curation.support import NAMES, Row
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import PoolSupport
from kilnmix.report.tables.table import Cell, Table, cells

PLACES = (("fid", 1), ("kid", 4))
"""Distance by Inception's features -> decimals."""


def pools(context: ReportContext) -> Table:
    """One row a pool."""
    t, known = context.t, context.inputs.support
    by_inception = ["fid", "kid_inception"] if any(each.rows[0].inception for each in known) else []
    columns = [*NAMES, *by_inception]
    head = cells(t("pools.fold"), t("pools.adapter"), *(t(f"support.{name}") for name in columns))
    rows = []
    for each in known:
        whole = each.rows[0]
        far = [Cell(f"{whole.inception[name]:.{places}f}" if whole.inception else "–") for name, places in PLACES]
        place = cells(str(each.fold), str(each.adapter))
        rows.append((*place, *_values(whole, context), *(far if by_inception else [])))
    return Table(head, tuple(rows), "numbers")


def classes(pool: PoolSupport, context: ReportContext) -> list[dict[str, Any]]:
    """Task by task the classes of a pool, with how many images and photographs they have."""
    t, names = context.t, context.names
    head = cells(t("support.class"), t("support.images"), *(t(f"support.{name}") for name in NAMES))
    found = []
    for task in dict.fromkeys(row.task for row in pool.rows if row.task):
        rows = [
            (
                Cell(*names.label(task, row.label)),
                Cell(str(row.images), t.plain("support.photographs", n=row.photographs)),
                *_values(row, context),
            )
            for row in pool.rows
            if row.task == task
        ]
        found.append({"title": names.title(task), "table": Table(head, tuple(rows), "numbers")})
    return found


def _values(row: Row, context: ReportContext) -> list[Cell]:
    if not row.values:
        return [Cell("–", hover=context.t.plain("support.few")) for _ in NAMES]
    return [
        Cell(f"{each.value:.2f}", f"{each.low:.2f}–{each.high:.2f}")
        if name != "kid"
        else Cell(f"{each.value:.3f}", f"{each.low:.3f}–{each.high:.3f}")
        for name, each in ((name, row.values[name]) for name in NAMES)
    ]
