"""What a paper needs of a study: tables, figures, a methods section, references. Pure: file name -> bytes."""

from __future__ import annotations

import json
import math

from markupsafe import Markup

from kilnmix.report import charts, classwise, curves, latex, methods, records, references
from kilnmix.report.explored import DISCOVERIES, Explored, explore
from kilnmix.report.inputs import Study
from kilnmix.report.language import Wording, wording
from kilnmix.report.naming import SEARCHED, Names
from kilnmix.report.plots import Plot
from kilnmix.report.tables import Cell, Table

FIGURE_WIDTH = 460
"""Of figures in points, labels not counted: a text column of most journals."""


def files(study: Study) -> dict[str, bytes]:
    """scores.tex and scores.csv in the form of the paper that this starts from (arms by tasks), groups and classes
    likewise, methods.tex and methods.txt, references.bib, and the figures as PDF."""
    t = wording("en")
    names = Names(study, t)
    explored = explore(study)
    told = methods.paragraphs(study)
    found = {
        "scores.tex": scores_table(study, names, t),
        "scores.csv": records.text(records.scores(study)),
        "groups.tex": groups_table(study, explored, names, t),
        "classes.tex": class_tables(study, explored, names, t),
        "groups.csv": records.text(records.groups(study, explored)),
        "classes.csv": records.text(records.classes(study, explored)),
        "methods.tex": "\n\n".join(latex.cited(paragraph) for paragraph in told) + "\n",
        "methods.txt": "\n\n".join(methods.read(paragraph) for paragraph in told) + "\n",
        "references.bib": references.bibliography(methods.keys(" ".join(told))),
    }
    drawn = [charts.forest(study, names, t), charts.trials(study.searches, t), curves.chart(study.curve, names, t)]
    drawn.append(classwise.alignment(study, explored, names, t)["plot"])
    return {
        **{name: text.encode() for name, text in found.items() if text},
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


def groups_table(study: Study, explored: Explored, names: Names, t: Wording) -> str:
    """Tail, middle and head of every task; empty where the training counts are not known."""
    table = classwise.tail(study, explored, names, t)["table"]
    caption = f"Macro-F1 (of 100) of classes by their number of training objects, and differences. {NOTE}"
    return _set(table, caption, "tab:groups") if table else ""


def class_tables(study: Study, explored: Explored, names: Names, t: Wording) -> str:
    """A table for every task that has scored classes."""
    found = []
    for outcomes in study.outcomes:
        table = classwise.class_table(study, outcomes, explored, names, t)
        if table:
            caption = f"{names.title(outcomes.task)}: F1 (of 100) of every scored class, and differences. {NOTE}"
            found.append(_set(table, caption, f"tab:classes-{outcomes.task.replace('_', '-')}"))
    return "\n".join(found)


def _set(table: Table, caption: str, label: str) -> str:
    """One of the page's tables in LaTeX."""
    heads, *rows = [[_cell(cell) for cell in row] for row in (table.head, *table.rows)]
    return "% needs \\usepackage{booktabs}\n" + latex.table(heads, rows, latex.escaped(caption), label)


def _cell(cell: Cell) -> str:
    text, second = (latex.escaped(Markup(part).striptags()) for part in (cell.text, cell.second))
    return rf"{text} {{\footnotesize {second}}}" if second else text


def scores_table(study: Study, names: Names, t: Wording) -> str:
    """Arms by tasks: macro-F1, and below it the difference with its simultaneous interval; a dagger for `helps`, a
    double dagger for `harms`."""
    tasks = study.verdict.tasks
    rows: list[list[str]] = []
    for arm in study.arms:
        rows.append([latex.escaped(names.arm(arm)), *(latex.escaped(t.score(task.f1.get(arm))) for task in tasks)])
        under = []
        for task in tasks:
            found = task.arms.get(arm)
            if found is None or found.vs_real is None:
                under.append("")
                continue
            mark = {"helps": r"$^\dagger$", "harms": r"$^\ddagger$"}.get(found.verdict, "")
            text = f"{t.points(found.vs_real.delta)} {t.interval(found.vs_real.low, found.vs_real.high)}"
            under.append(rf"{{\footnotesize {latex.escaped(text)}}}{mark}")
        if any(under):
            rows.append(["", *under])
    runs = f"{'at most ' if study.uneven else ''}{math.prod(study.runs)}"
    caption = (
        f"Macro-F1 (of 100) of every arm, mean of {runs} runs; below, the "
        "difference in points to its reference with the simultaneous "
        f"{1 - study.verdict.rules.alpha:.0%} interval. "
    )
    if SEARCHED in study.arms:
        caption += (
            "The reference of the searched mixture is the search without synthetic images, of all others photographs "
            "alone. "
        )
    marks = r"$^\dagger$\,helps, $^\ddagger$\,harms; the verdicts are about "
    heads = ["", *(latex.escaped(names.title(task.task)) for task in tasks)]
    return "% needs \\usepackage{booktabs}\n" + latex.table(
        heads, rows, latex.escaped(caption) + marks + methods.scope(study) + ".", "tab:scores"
    )
