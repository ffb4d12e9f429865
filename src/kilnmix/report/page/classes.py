"""The sections on groups of classes and on single classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from kilnmix.report.context import ReportContext
from kilnmix.report.exploratory import DISCOVERIES, is_discovery
from kilnmix.report.page import gallery
from kilnmix.report.plots import classes as plots
from kilnmix.report.sentences.lead import lead
from kilnmix.report.tables import classes as tables
from kilnmix.statistics.scores import TaskOutcomes


def tail(context: ReportContext) -> dict[str, Any]:
    """Head, middle and tail of every task, the tail first."""
    return {"table": tables.groups(context), "level": context.t.share(DISCOVERIES)}


def section(context: ReportContext) -> dict[str, Any]:
    """For each task: every class's difference for every pair, the discoveries, and which classes were not scored."""
    blocks = []
    for verdict, outcomes in context.inputs.tasks:
        chosen = lead(verdict)
        drawn = plots.classes(outcomes.task, chosen.comparison.arm, context) if chosen is not None else None
        if chosen is None or drawn is None:
            continue
        rows = [row for row in context.rows_of(outcomes.task) if row.arm == chosen.comparison.arm]
        found = [(row.difference.delta, row) for row in rows if row.difference and is_discovery(row.difference)]
        moved = [(delta, row.name) for delta, row in sorted(found, key=lambda pair: (-abs(pair[0]), pair[1].index))]
        blocks.append(
            {
                "title": context.names.title(outcomes.task),
                "plot": drawn,
                "gained": context.names.classes(outcomes.task, [name for delta, name in moved if delta > 0]),
                "lost": context.names.classes(outcomes.task, [name for delta, name in moved if delta < 0]),
                "unscored": _unscored(outcomes, context),
                "table": tables.classes(outcomes.task, context),
                "examples": gallery.examples(outcomes.task, [name for _, name in moved], context),
            }
        )
    return {"blocks": blocks, "lead": context.t("classes.lead", level=context.t.share(DISCOVERIES))}


def _unscored(outcomes: TaskOutcomes, context: ReportContext) -> Markup | None:
    rare = [outcomes.classes[c] for c in np.unique(outcomes.truth).tolist() if c not in outcomes.scored]
    least = context.inputs.params.experiment.min_class_objects
    names = context.names.classes(outcomes.task, rare)
    return context.t("classes.unscored", least=least, classes=names) if rare else None
