"""What a paper needs of a study: tables, figures, a methods section, references. Pure: file name -> bytes."""

from __future__ import annotations

import json
import math

from markupsafe import Markup

from kilnmix.common.pages.wording import Wording
from kilnmix.report import records
from kilnmix.report.context import ReportContext
from kilnmix.report.exploratory import DISCOVERIES
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.languages.names import REAL
from kilnmix.report.paper import latex, methods, references
from kilnmix.report.paper.clauses import joined
from kilnmix.report.plots.alignment import alignment
from kilnmix.report.plots.forest import forest
from kilnmix.report.plots.learning_curve import learning_curve
from kilnmix.report.plots.plot import Plot
from kilnmix.report.plots.trials import trials
from kilnmix.report.tables import classes as class_tables
from kilnmix.report.tables.table import Cell, Table
from kilnmix.statistics.verdicts import ArmVerdict, Comparison

FIGURE_WIDTH = 460
"""Of figures in points, labels not counted: a text column of most journals."""


def files(inputs: ReportInputs) -> dict[str, bytes]:
    """scores.tex and scores.csv in the form of the paper that this starts from (arms by tasks), groups and classes
    likewise, methods.tex and methods.txt, references.bib, and the figures as PDF. Parts without data are left out."""
    context = ReportContext.of(inputs, "en")
    paragraphs = methods.paragraphs(inputs)
    texts = {
        "scores.tex": scores_table(context),
        "scores.csv": records.text(records.scores(inputs)),
        "groups.tex": groups_table(context),
        "classes.tex": classes_tables(context),
        "groups.csv": records.text(records.groups(context)),
        "classes.csv": records.text(records.classes(context)),
        "methods.tex": "\n\n".join(latex.cited(paragraph) for paragraph in paragraphs) + "\n",
        "methods.txt": "\n\n".join(methods.read(paragraph) for paragraph in paragraphs) + "\n",
        "references.bib": references.bibliography(methods.keys(" ".join(paragraphs))),
    }
    drawn = [draw(context) for draw in (forest, trials, learning_curve, alignment)]
    return {
        **{name: text.encode() for name, text in texts.items() if text},
        **{f"{plot.name}.pdf": figure(plot) for plot in drawn if plot is not None},
    }


def figure(plot: Plot, width: int = FIGURE_WIDTH) -> bytes:
    """A plot as PDF."""
    import vl_convert

    spec = {**json.loads(plot.spec), "width": width}
    spec.pop("autosize")
    return bytes(vl_convert.vegalite_to_pdf(spec, vl_version="6.4"))


NOTE = (
    "Below each difference in points its interval for this one alone; a star marks those that stand when the "
    f"false-discovery rate is held at {DISCOVERIES:.0%}."
)


def groups_table(context: ReportContext) -> str:
    """Tail, middle and head of every task; empty where the training counts are not known."""
    table = class_tables.groups(context)
    caption = f"Macro-F1 (of 100) of classes by their number of training objects, and differences. {NOTE}"
    return _set(table, caption, "tab:groups") if table else ""


def classes_tables(context: ReportContext) -> str:
    """A table for every task that has scored classes."""
    tables = []
    for outcomes in context.inputs.outcomes:
        table = class_tables.classes(outcomes.task, context)
        if table:
            title = context.names.title(outcomes.task)
            caption = f"{title}: F1 (of 100) of every scored class, and differences. {NOTE}"
            tables.append(_set(table, caption, f"tab:classes-{latex.label(outcomes.task)}"))
    return "\n".join(tables)


def _set(table: Table, caption: str, label: str) -> str:
    """One of the page's tables in LaTeX."""
    heads, *rows = [[_cell(cell) for cell in row] for row in (table.head, *table.rows)]
    return "% needs \\usepackage{booktabs}\n" + latex.table(heads, rows, latex.escaped(caption), label)


def _cell(cell: Cell) -> str:
    text, second = (
        latex.escaped(part.striptags() if isinstance(part, Markup) else part) for part in (cell.text, cell.second)
    )
    return rf"{text} {{\footnotesize {second}}}" if second else text


def scores_table(context: ReportContext) -> str:
    """Arms by tasks: macro-F1, and below it the difference with its simultaneous interval; a dagger for `helps`, a
    double dagger for `harms`."""
    inputs, t = context.inputs, context.t
    rows: list[list[str]] = []
    for arm in inputs.arms:
        scores = [t.score(task.f1.get(arm)) for task in inputs.verdict.tasks]
        rows.append([latex.escaped(context.names.arm(arm)), *map(latex.escaped, scores)])
        under = [_difference(task.arms.get(arm), t) for task in inputs.verdict.tasks]
        if any(under):
            rows.append(["", *under])
    heads = ["", *(latex.escaped(context.names.title(task.task)) for task in inputs.verdict.tasks)]
    return "% needs \\usepackage{booktabs}\n" + latex.table(heads, rows, _caption(context), "tab:scores")


def _difference(arm: ArmVerdict | None, t: Wording) -> str:
    if arm is None or arm.vs_real is None:
        return ""
    mark = {"helps": r"$^\dagger$", "harms": r"$^\ddagger$"}.get(arm.verdict, "")
    text = f"{t.points(arm.vs_real.delta)} {t.interval(arm.vs_real.low, arm.vs_real.high)}"
    return rf"{{\footnotesize {latex.escaped(text)}}}{mark}"


def _caption(context: ReportContext) -> str:
    inputs = context.inputs
    runs = f"{'at most ' if inputs.uneven else ''}{math.prod(inputs.runs)}"
    caption = (
        f"Macro-F1 (of 100) of every arm, mean of {runs} runs; below, the "
        "difference in points to its reference with the simultaneous "
        f"{100 * (1 - inputs.verdict.rules.alpha):g}% interval. "
    )
    marks = r"$^\dagger$\,helps, $^\ddagger$\,harms; the verdicts are about "
    return latex.escaped(caption + _references(context) + _families(context)) + marks + methods.scope(inputs) + "."


def _compared(context: ReportContext) -> list[Comparison]:
    """Every comparison once, whatever the tasks in which it was made."""
    found = (arm.comparison for task in context.inputs.verdict.tasks for arm in task.arms.values())
    return list({comparison.arm: comparison for comparison in found}.values())


def _references(context: ReportContext) -> str:
    """Against what each row was held."""
    name = context.names.arm
    own: dict[str, list[str]] = {}
    for comparison in _compared(context):
        own.setdefault(comparison.reference, []).append(name(comparison.arm))
    others = own.pop(REAL, [])
    parts = [f'of "{joined(rows, "and")}" it is "{name(reference)}"' for reference, rows in own.items()]
    if not parts:
        return f'The reference is "{name(REAL)}". ' if others else ""
    rest = f'of all others "{name(REAL)}"' if others else ""
    return f"As to the reference, {', '.join([*parts, *([rest] if rest else [])])}. "


def _families(context: ReportContext) -> str:
    """Over which comparisons the intervals hold together."""
    first, second = ([c for c in _compared(context) if c.primary is primary] for primary in (True, False))
    if not first or not second:
        return ""
    named = joined(context.names.arm(comparison.arm) for comparison in first)
    return (
        f"Intervals hold together for the primary comparisons ({named}), and as a family of their own for the others. "
    )
