"""Several studies pooled: for every task and primary comparison the mean difference over collections.

Which studies count, and which as one, `summaries` says; the tasks of a study are one in the row of all tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kilnmix.common.pages.wording import Wording
from kilnmix.report.guidelines.summaries import StudySummary, counted
from kilnmix.report.languages.names import task_title
from kilnmix.report.tables.table import Cell, Table
from kilnmix.statistics import pooling
from kilnmix.statistics.pooling import Pooled


@dataclass(frozen=True)
class Estimate:
    """One primary difference of one study: a fraction of macro-F1 and its standard error."""

    collection: str
    task: str
    arm: str
    reference: str
    delta: float
    se: float


@dataclass(frozen=True)
class Row:
    """A comparison over collections; `task` None: the mean over each study's tasks. `pooled` None: too few."""

    task: str | None
    arm: str
    reference: str
    collections: int
    pooled: Pooled | None


def estimates(study: StudySummary) -> list[Estimate]:
    """The primary differences of a study; those without a standard error above zero tell nothing to pool."""
    found = []
    for task, entry in study.verdict["tasks"].items():
        for arm, compared in entry["arms"].items():
            difference = compared.get("vs_real")
            if compared.get("family", "primary") == "primary" and difference and difference.get("se", 0) > 0:
                delta, se = float(difference["delta"]), float(difference["se"])
                found.append(Estimate(study.collection, task, arm, difference["against"], delta, se))
    return found


def rows(found: Sequence[Estimate]) -> list[Row]:
    """Every comparison that two collections at least have: of all tasks together first, then task by task."""
    pairs = list(dict.fromkeys((each.arm, each.reference) for each in found))
    tasks = list(dict.fromkeys(each.task for each in found))
    made = []
    for pair in pairs:
        own = [each for each in found if (each.arm, each.reference) == pair]
        for task in (None, *tasks):
            # Of a study all tasks, of a collection all studies: each step by the bound for correlated estimates.
            members = _by_collection(each for each in own if task in (None, each.task))
            if len(members) > 1:
                values = [pooling.together([e.delta for e in group], [e.se for e in group]) for group in members]
                pooled = pooling.random_effects([value for value, _ in values], [variance for _, variance in values])
                made.append(Row(task, *pair, len(members), pooled))
    return made


def _by_collection(found: Iterable[Estimate]) -> list[list[Estimate]]:
    groups: dict[str, list[Estimate]] = {}
    for each in found:
        groups.setdefault(each.collection, []).append(each)
    return list(groups.values())


def table(studies: Sequence[StudySummary], t: Wording) -> Table:
    """What the page shows."""
    found = [each for study in counted(studies) for each in estimates(study)]
    shown = []
    for row in rows(found):
        name = t("guidelines.all_tasks") if row.task is None else task_title(row.task, t)
        cells = [Cell(name, f"{row.arm} – {row.reference}"), Cell(str(row.collections))]
        p = row.pooled
        if p is None:
            cells += [Cell("–", t("guidelines.too_few", n=pooling.LEAST)), Cell("–"), Cell("–")]
        else:
            cells += [
                Cell(t.points(p.mean), t.interval(p.low, p.high)),
                Cell(t.interval(p.next_low, p.next_high)),
                Cell(t.points(p.tau, sign=False), f"I² {t.percent(p.i2)}, {t.probability(p.p)}"),
            ]
        shown.append(tuple(cells))
    heads = ("task", "collections", "mean", "next", "heterogeneity")
    return Table(tuple(Cell(t(f"guidelines.{key}")) for key in heads), tuple(shown), "scores")
