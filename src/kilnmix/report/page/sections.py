"""The content of the sections that are little more than tables."""

from __future__ import annotations

from typing import Any

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.contour import contours
from kilnmix.report.plots.parallel import parallel
from kilnmix.report.plots.pareto import fronts
from kilnmix.report.plots.spread import spread
from kilnmix.report.plots.trials import trials
from kilnmix.report.sentences.lead import lead
from kilnmix.report.sentences.playoffs import playoffs
from kilnmix.report.sentences.scope import caveats
from kilnmix.report.tables import confusion as confusions
from kilnmix.report.tables import pools as pool_tables
from kilnmix.report.tables import scores as score_tables
from kilnmix.report.tables import settings
from kilnmix.report.tables import support as support_tables


def scores(context: ReportContext) -> dict[str, Any]:
    """Arms by tasks, against the controls, and how likely each arm is the best."""
    inputs = context.inputs
    return {
        "table": score_tables.arms_by_tasks(context),
        "secondary": any(not arm.comparison.primary for task in inputs.verdict.tasks for arm in task.arms.values()),
        "controls": score_tables.against_control(context),
        "best": score_tables.best_arms(context),
        "scored": any(outcomes.scored for outcomes in inputs.outcomes),
    }


def confusion(context: ReportContext) -> dict[str, Any]:
    """The reference beside the arm that each task's sentence speaks of."""
    blocks = []
    for verdict, outcomes in context.inputs.tasks:
        if not outcomes.scored:
            continue
        chosen = lead(verdict)
        if chosen is not None:
            arms = [chosen.comparison.reference, chosen.comparison.arm]
        else:
            arms = [arm for arm in ("real",) if arm in outcomes.predicted]
        matrices = [
            {"title": context.names.mix(arm), "table": confusions.confusion(outcomes, arm, context)} for arm in arms
        ]
        if matrices:
            blocks.append({"title": context.names.title(verdict.task), "matrices": matrices})
    return {"blocks": blocks, "most": confusions.MOST}


def pools(context: ReportContext) -> dict[str, Any]:
    """What became of each pool, how far each covers the photographs, and of the first one each class."""
    known = context.inputs.support
    return {
        "table": pool_tables.pools(context),
        "support": support_tables.pools(context),
        "classes": support_tables.classes(known[0], context) if known else [],
        "first": known[0] if known else None,
        "more": len(known) - 1,
    }


def search(context: ReportContext) -> dict[str, Any]:
    """The trials, what decided between them, what the play-offs came to, and the settings that were confirmed."""
    return {
        "plot": trials(context),
        "playoffs": playoffs(context),
        "spread": spread(context),
        "fronts": fronts(context),
        "parallel": parallel(context),
        "contours": contours(context),
        "importances": settings.importances(context),
        "table": settings.best_settings(context),
    }


def repeat(context: ReportContext) -> dict[str, Any]:
    """Commands, data, software and settings that repeat the study."""
    inputs = context.inputs
    return {
        "commands": inputs.commands,
        "digests": inputs.digests,
        "versions": inputs.versions,
        "machine": inputs.machine,
        "settings": settings.settings(inputs),
    }


def limits(context: ReportContext) -> dict[str, Any]:
    """What the study cannot show."""
    return {"sentences": caveats(context)}
