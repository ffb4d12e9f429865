"""Alignment: halves of the classes, arms fed with halves of a pool, and every class."""

from __future__ import annotations

import numpy as np

from kilnmix.report.context import ReportContext
from kilnmix.report.exploratory import HALVES, twins
from kilnmix.report.inputs import Alignment
from kilnmix.report.tables.classes import difference_cell
from kilnmix.report.tables.table import Cell, Table
from kilnmix.statistics import scores as scoring


def halves(context: ReportContext) -> Table:
    """The differences in the classes that the judges recognise less, and more."""
    found = context.exploratory.halves
    rows = []
    for task in dict.fromkeys(task for task, _ in found):
        row = [difference_cell(found.get((task, half)), context) for half in HALVES]
        rows.append((Cell(context.names.title(task)), *row))
    heads = tuple(Cell(context.t(f"alignment.{key}")) for key in ("task", *HALVES))
    return Table(heads, tuple(rows), "scores")


def opposed(context: ReportContext) -> Table:
    """Arms fed with the halves of the pool at equal share: their scores, and the difference between them."""
    t, names = context.t, context.names
    rows = []
    for more, less in twins(context.inputs):
        for outcomes in context.inputs.outcomes:
            difference = context.exploratory.opposed.get((outcomes.task, more))
            if difference is not None:
                f1 = [Cell(t.score(scoring.score(outcomes, arm)), hover=arm) for arm in (less, more)]
                first = Cell(names.title(outcomes.task), names.shares(more), hover=more)
                rows.append((first, *f1, difference_cell(difference, context)))
    heads = ("alignment.task", "alignment.fed_less", "alignment.fed_more", "tail.difference")
    return Table(tuple(Cell(t(key)) for key in heads), tuple(rows), "scores")


def of_task(entry: Alignment, context: ReportContext) -> Table:
    """Every class of a task, the least aligned first."""
    t = context.t
    rows = [
        (
            Cell(*context.names.label(entry.task, entry.classes[place])),
            Cell(f"{entry.asked[place]:.0f}"),
            Cell(t.percent(float(entry.alignment[place]))),
            Cell(t.percent(float(entry.recall[place]))),
            Cell(t.figure(float(entry.distance[place]))),
        )
        for place in np.argsort(np.nan_to_num(entry.alignment, nan=2.0), kind="stable").tolist()
    ]
    heads = ("classes.class", "alignment.asked", "alignment.recognised", "alignment.recall", "alignment.distance")
    return Table(tuple(Cell(t(key)) for key in heads), tuple(rows))
