"""Arms by tasks: scores, differences to the reference and to the control, and the chance of being the best."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from kilnmix.report.context import ReportContext
from kilnmix.report.tables.table import Cell, Table, cells
from kilnmix.statistics.verdicts import ArmVerdict


def arms_by_tasks(context: ReportContext) -> Table:
    """Macro-F1 of every arm on every task, as in the paper's table; below it the difference to its reference, in points
    with the interval and as a percentage of the reference's score."""
    t, tasks = context.t, context.inputs.verdict.tasks
    rows = []
    for arm in context.inputs.arms:
        row = [_arm_cell(arm, context)]
        for task in tasks:
            verdict = task.arms.get(arm)
            hover = _hover(verdict, context) if verdict else ""
            row.append(Cell(t.score(task.f1.get(arm)), _under(verdict, context), _looks(verdict), hover))
        known = [f1 for task in tasks if (f1 := task.f1.get(arm)) is not None]
        row.append(Cell(t.score(float(np.mean(known))) if known else "–", looks="mean"))
        rows.append(tuple(row))
    titles = [context.names.title(task.task) for task in tasks]
    return Table(cells(t("scores.arm"), *titles, t("scores.mean")), tuple(rows), "scores")


def _arm_cell(arm: str, context: ReportContext) -> Cell:
    verdicts = [task.arms[arm] for task in context.inputs.verdict.tasks if arm in task.arms]
    secondary = bool(verdicts) and not any(verdict.comparison.primary for verdict in verdicts)
    reference = verdicts[0].comparison.reference if verdicts else "real"
    second = context.t("scores.versus", arm=context.names.arm(reference)) if reference != "real" else ""
    return Cell(context.names.arm(arm), second, "secondary" if secondary else "", arm)


def _looks(verdict: ArmVerdict | None) -> str:
    if verdict is None:
        return ""
    return verdict.verdict if verdict.comparison.primary else f"{verdict.verdict} secondary"


def _under(verdict: ArmVerdict | None, context: ReportContext) -> str | Markup:
    if verdict is None or verdict.vs_real is None:
        return ""
    t, difference = context.t, verdict.vs_real
    absolute = Markup.escape(f"{t.points(difference.delta)} {t.interval(difference.low, difference.high)}")
    if verdict.relative is None:
        return absolute
    return absolute + Markup("<br>") + t("scores.relative", relative=t.relative(verdict.relative))


def _hover(verdict: ArmVerdict, context: ReportContext) -> str:
    t = context.t
    if verdict.vs_real is None:
        return t.plain("verdict.untestable")
    parts = [t.plain(f"verdict.{verdict.verdict}"), t.probability(verdict.vs_real.p)]
    if verdict.vs_repeat is not None and verdict.comparison.control:
        versus = t.plain("scores.versus", arm=context.names.arm(verdict.comparison.control))
        colon = t.texts["list.colon"] + t.texts["list.sentence"]
        parts.append(f"{versus}{colon}{t.points(verdict.vs_repeat.delta)}")
    return t.texts["list.clause"].join(parts)


def against_control(context: ReportContext) -> Table:
    """The primary arms' differences to the control of each."""
    t, names, tasks = context.t, context.names, context.inputs.verdict.tasks
    rows = []
    for arm in context.inputs.arms:
        if not any(_controlled(task.arms.get(arm)) for task in tasks):
            continue
        control = next(task.arms[arm].comparison.control for task in tasks if arm in task.arms)
        versus = t("scores.versus", arm=names.arm(control)) if control else ""
        row = [Cell(names.arm(arm), versus, hover=arm)]
        for task in tasks:
            verdict = task.arms.get(arm)
            difference = verdict.vs_repeat if verdict else None
            if difference is None:
                row.append(Cell("–"))
                continue
            side = {1: "helps", -1: "harms", 0: ""}[difference.significant_side]
            interval = t.interval(difference.low, difference.high)
            row.append(Cell(t.points(difference.delta), interval, side, t.probability(difference.p)))
        rows.append(tuple(row))
    titles = [names.title(task.task) for task in tasks]
    return Table(cells(t("scores.arm"), *titles), tuple(rows), "scores")


def _controlled(verdict: ArmVerdict | None) -> bool:
    return verdict is not None and verdict.vs_repeat is not None and verdict.comparison.primary


def best_arms(context: ReportContext) -> Table:
    """How likely each arm is the best, for every task that can be tested."""
    best, t = context.exploratory.best, context.t
    rows = [
        (Cell(context.names.arm(arm), hover=arm), *(Cell(t.percent(chances.get(arm))) for chances in best.values()))
        for arm in context.inputs.arms
        if any(arm in chances for chances in best.values())
    ]
    return Table(cells(t("scores.arm"), *(context.names.title(task) for task in best)), tuple(rows))
