"""The section on gain against alignment."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from kilnmix.common.pages.wording import NO_BREAK, Wording
from kilnmix.report.context import ReportContext
from kilnmix.report.exploratory import DISCOVERIES
from kilnmix.report.inputs import Alignment
from kilnmix.report.plots import alignment as plots
from kilnmix.report.tables import alignment as tables
from kilnmix.statistics.exploration import RankCorrelation


def section(context: ReportContext) -> dict[str, Any]:
    """The plot, the correlation in a sentence, halves, and every class in a table."""
    t, names, results = context.t, context.names, context.exploratory
    compared = ""
    if results.focus is not None:
        arm, reference = results.focus
        compared = t("classes.compared", arm=names.mix(arm), reference=names.mix(reference))
    return {
        "plot": plots.alignment(context),
        "compared": compared,
        "correlation": correlation(results.correlation, t),
        "by_task": [
            t(
                "alignment.correlation_task",
                task=names.title(task),
                rho=_rho(found.rho, t),
                interval=_interval(found, t),
            )
            for task, found in results.by_task.items()
        ],
        "opposed": tables.opposed(context),
        "halves": tables.halves(context),
        "level": t.share(DISCOVERIES),
        "skills": [_skill(entry, context) for entry in context.inputs.alignment],
        "tables": [
            {"title": names.title(entry.task), "table": tables.of_task(entry, context)}
            for entry in context.inputs.alignment
        ],
    }


def _skill(entry: Alignment, context: ReportContext) -> Markup:
    """How far the judges of a task can be trusted."""
    t, floor = context.t, context.inputs.params.curation.floor
    skill = t("alignment.skill_row", task=context.names.title(entry.task), skill=f"{entry.skill:.2f}")
    return skill + t("alignment.floor", floor=f"{floor:g}") if entry.skill < floor else skill


def correlation(found: RankCorrelation | None, t: Wording) -> Markup | None:
    """Alignment against gain in a sentence; None where alignment isn't known."""
    if found is None:
        return None
    if found.rho is None or found.low is None or found.high is None:
        return t("alignment.few", n=found.classes)
    key = "positive" if found.low > 0 else "negative" if found.high < 0 else "open"
    values = {"n": found.classes, "rho": _rho(found.rho, t), "interval": _interval(found, t)}
    return t("alignment.correlation", **values) + t(f"alignment.{key}")


def _rho(value: float | None, t: Wording) -> str:
    return "–" if value is None else t.signed(value)


def _interval(found: RankCorrelation, t: Wording) -> str:
    if found.low is None or found.high is None:
        return ""
    return f"[{t.signed(found.low)},{NO_BREAK}{t.signed(found.high)}]"
