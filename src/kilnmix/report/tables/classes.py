"""Groups of classes and single classes: scores of the references, and the differences to them."""

from __future__ import annotations

import itertools

from kilnmix.report.class_rows import ClassRow
from kilnmix.report.context import ReportContext
from kilnmix.report.exploratory import frequency_groups, is_discovery
from kilnmix.report.tables.table import Cell, Table
from kilnmix.statistics import scores as scoring
from kilnmix.statistics.exploration import PartDifference
from kilnmix.statistics.scores import TaskOutcomes


def difference_cell(difference: PartDifference | None, context: ReportContext) -> Cell:
    """A difference with its own interval; a star for a discovery."""
    if difference is None:
        return Cell("–")
    t = context.t
    star = " *" if is_discovery(difference) else ""
    looks = ("helps" if difference.delta > 0 else "harms") if star else ""
    hover = f"{t.probability(difference.p)}, q{t.probability(difference.q)[1:]}"
    return Cell(t.points(difference.delta) + star, t.interval(difference.low, difference.high), looks, hover)


def groups(context: ReportContext) -> Table:
    """Tail, middle and head of every task: macro-F1 of the references, and the differences to them."""
    t, inputs, results = context.t, context.inputs, context.exploratory
    references = list(dict.fromkeys(reference for _, reference in results.pairs)) or ["real"]
    rows = []
    for outcomes in inputs.outcomes:
        for group, members in frequency_groups(inputs, outcomes).items():
            row = [_group_cell(outcomes, group, members, context)]
            weights = outcomes.group(members)
            for arm in references:
                known = arm in outcomes.predicted
                row.append(Cell(t.score(scoring.score(outcomes, arm, weights)) if known else "–"))
            for arm, _ in results.pairs:
                row.append(difference_cell(results.groups.get((outcomes.task, arm, group)), context))
            rows.append(tuple(row))
    heads = [Cell(t("tail.group")), *(Cell(context.names.arm(arm)) for arm in references)]
    return Table((*heads, *_pair_heads(context)), tuple(rows), "scores")


def _group_cell(outcomes: TaskOutcomes, group: str, members: tuple[int, ...], context: ReportContext) -> Cell:
    t, names = context.t, context.names
    sizes = sorted(round(float(context.inputs.training_counts[outcomes.task][c])) for c in members)
    if sizes[0] == sizes[-1]:
        objects = t("tail.objects_same", n=sizes[0])
    else:
        objects = t("tail.objects", low=sizes[0], high=sizes[-1])
    hover = names.classes(outcomes.task, [outcomes.classes[c] for c in members])
    name = names.title(outcomes.task) + t.texts["list.clause"] + t.plain(f"tail.{group}")
    return Cell(name, objects, group, hover)


def _pair_heads(context: ReportContext) -> list[Cell]:
    t, names = context.t, context.names
    return [
        Cell(names.arm(arm), t("scores.versus", arm=names.arm(reference)), hover=arm)
        for arm, reference in context.exploratory.pairs
    ]


def classes(task: str, context: ReportContext) -> Table:
    """Every scored class of a task, the rarest first: objects, F1 of the references, and the differences to them."""
    t, pairs = context.t, context.exploratory.pairs
    references = list(dict.fromkeys(reference for _, reference in pairs))
    rows = []
    for _, members in itertools.groupby(context.rows_of(task), key=lambda row: row.index):
        of_arm = {row.arm: row for row in members}
        first = next(iter(of_arm.values()))
        f1 = {row.reference: row.f1_reference for row in of_arm.values()}
        row = [Cell(*context.names.label(task, first.name)), Cell(training(first)), Cell(str(first.tests))]
        row += [Cell(t.score(f1.get(arm))) for arm in references]
        row += [difference_cell(of_arm[arm].difference if arm in of_arm else None, context) for arm, _ in pairs]
        rows.append(tuple(row))
    heads = [Cell(t(key)) for key in ("classes.class", "plot.training", "plot.tests")]
    heads += [Cell(context.names.arm(arm)) for arm in references]
    return Table((*heads, *_pair_heads(context)), tuple(rows), "scores")


def training(row: ClassRow) -> str:
    """Training objects of a class, or a dash."""
    return "–" if row.training is None else f"{row.training:.0f}"
