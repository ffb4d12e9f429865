"""Pools of synthetic images: what was drawn, rejected and masked."""

from __future__ import annotations

from kilnmix.common.pages.wording import Wording
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import PoolCount
from kilnmix.report.tables.table import Table, cells


def pools(context: ReportContext) -> Table:
    """One row a pool."""
    t, counts = context.t, context.inputs.pools
    tasks = [task.task for task in context.inputs.verdict.tasks]
    reasons = list(dict.fromkeys(reason for count in counts for reason in count.rejected))
    distances = any(count.distance_after is not None for count in counts)
    head: list[str] = [t("pools.fold"), t("pools.adapter"), t("pools.drawn"), t("pools.accepted")]
    head += [status(reason, t) for reason in reasons]
    head += [t("pools.masked", task=context.names.task(task)) for task in tasks]
    head += [t("pools.distance")] if distances else []
    rows = []
    for count in counts:
        row = [str(count.fold), str(count.adapter), str(count.drawn), str(count.accepted)]
        row += [str(count.rejected.get(reason, 0)) for reason in reasons]
        row += [_masked(count, task, t) for task in tasks]
        if distances:
            before, after = t.figure(count.distance_before), t.figure(count.distance_after)
            row.append(t.plain("pools.before_after", before=before, after=after))
        rows.append(cells(*row))
    return Table(cells(*head), tuple(rows), "numbers")


def status(reason: str, t: Wording) -> str:
    """What became of an image, in words; a reason that the texts do not know is shown as it is called."""
    return t.plain(f"status.{reason}") if f"status.{reason}" in t else reason


def _masked(count: PoolCount, task: str, t: Wording) -> str:
    labelled = count.labelled.get(task, 0)
    masked = count.masked.get(task)
    if masked is None:
        return "–"
    return f"{masked} ({t.percent(masked / labelled)})" if labelled else str(masked)
