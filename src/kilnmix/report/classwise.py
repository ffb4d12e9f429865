"""The sections on groups of classes, on single classes, and on gain against alignment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from kilnmix.report import charts, gallery
from kilnmix.report.explored import DISCOVERIES, HALVES, Explored, frequency_groups, stands, twins
from kilnmix.report.inputs import Alignment, Study
from kilnmix.report.language import NO_BREAK, Wording
from kilnmix.report.naming import Names
from kilnmix.report.sentences import Said
from kilnmix.report.tables import Cell, Table
from kilnmix.statistics import scores as scoring
from kilnmix.statistics.exploration import PartDifference, RankCorrelation
from kilnmix.statistics.scores import TaskOutcomes


def difference_cell(found: PartDifference | None, t: Wording) -> Cell:
    """A difference with its own interval; a star where it stands."""
    if found is None:
        return Cell("–")
    star = " *" if stands(found) else ""
    looks = ("helps" if found.delta > 0 else "harms") if star else ""
    hover = f"{t.probability(found.p)}, q{t.probability(found.q)[1:]}"
    return Cell(t.points(found.delta) + star, t.interval(found.low, found.high), looks, hover)


def tail(study: Study, explored: Explored, names: Names, t: Wording) -> dict[str, Any]:
    """Head, middle and tail of every task, the tail first: macro-F1 of the references, and the differences to them."""
    references = list(dict.fromkeys(reference for _, reference in explored.pairs)) or ["real"]
    rows = []
    for outcomes in study.outcomes:
        for group, members in frequency_groups(study, outcomes).items():
            cells = [_group_cell(study, outcomes, group, members, names, t)]
            weights = outcomes.group(members)
            for arm in references:
                known = arm in outcomes.predicted
                cells.append(Cell(t.score(scoring.score(outcomes, arm, weights)) if known else "–"))
            for arm, _ in explored.pairs:
                cells.append(difference_cell(explored.groups.get((outcomes.task, arm, group)), t))
            rows.append(tuple(cells))
    heads = [Cell(t("tail.group")), *(Cell(names.arm(arm)) for arm in references)]
    heads += [_pair_head(arm, reference, names, t) for arm, reference in explored.pairs]
    return {"table": Table(tuple(heads), tuple(rows), "scores"), "level": t.share(DISCOVERIES)}


def _group_cell(
    study: Study, outcomes: TaskOutcomes, group: str, members: tuple[int, ...], names: Names, t: Wording
) -> Cell:
    sizes = sorted(round(float(study.training_counts[outcomes.task][c])) for c in members)
    same = sizes[0] == sizes[-1]
    told = t("tail.objects_same", n=sizes[0]) if same else t("tail.objects", low=sizes[0], high=sizes[-1])
    listed = _listed(outcomes, members, names)
    return Cell(f"{names.title(outcomes.task)}, {t.plain(f'tail.{group}')}", told, group, listed)


def _pair_head(arm: str, reference: str, names: Names, t: Wording) -> Cell:
    return Cell(names.arm(arm), t("scores.versus", arm=names.arm(reference)), hover=arm)


def classes(study: Study, said: Sequence[Said], explored: Explored, names: Names, t: Wording) -> dict[str, Any]:
    """For each task: every class's difference for every pair, what stands, and which classes were not scored."""
    blocks = []
    for number, outcomes in enumerate(study.outcomes):
        lead = said[number].lead
        rows = class_rows(study, outcomes, explored, names, t)
        if lead is None or not rows:
            continue
        found = [(c, explored.classes.get((outcomes.task, lead, outcomes.classes[c]))) for c in outcomes.scored]
        moved = sorted(((c, d) for c, d in found if d is not None and stands(d)), key=lambda item: -abs(item[1].delta))
        blocks.append(
            {
                "title": said[number].title,
                "plot": charts.classes(number, rows, names.title(outcomes.task), names.arm(lead), t),
                "gained": _listed(outcomes, [c for c, d in moved if d.delta > 0], names),
                "lost": _listed(outcomes, [c for c, d in moved if d.delta < 0], names),
                "unscored": _unscored(study, outcomes, names, t),
                "table": class_table(study, outcomes, explored, names, t),
                "examples": gallery.examples(
                    study.samples, outcomes.task, [outcomes.classes[c] for c, _ in moved], names, t
                ),
            }
        )
    return {"blocks": blocks, "lead": t("classes.lead", level=t.share(DISCOVERIES))}


def ordered(study: Study, outcomes: TaskOutcomes) -> list[int]:
    """The scored classes from the rarest to the most frequent in training (in the test part where that is unknown)."""
    counts = study.training_counts.get(outcomes.task)
    tests = outcomes.object_counts
    return sorted(outcomes.scored, key=lambda c: (float(counts[c]) if counts is not None else tests[c], c))


def class_rows(
    study: Study, outcomes: TaskOutcomes, explored: Explored, names: Names, t: Wording
) -> list[dict[str, Any]]:
    """One row for each scored class and pair, rarest class first: numbers for a plot, texts for its tooltip."""
    f1 = {arm: scoring.class_f1(outcomes, arm).mean((0, 1)) for pair in explored.pairs for arm in pair}
    rows = []
    for c in ordered(study, outcomes):
        for arm, reference in explored.pairs:
            found = explored.classes.get((outcomes.task, arm, outcomes.classes[c]))
            if found is None:
                continue
            rows.append(
                {
                    "class": names.plain(outcomes.task, outcomes.classes[c]),
                    "task": names.title(outcomes.task),
                    "arm": names.arm(arm),
                    "index": c,
                    "gain": round(100 * found.delta, 2),
                    "low": None if found.low is None else round(100 * found.low, 2),
                    "high": None if found.high is None else round(100 * found.high, 2),
                    "stands": stands(found),
                    "interval": f"{t.points(found.delta)} {t.interval(found.low, found.high)}".rstrip(),
                    "f1_real": t.score(float(f1[reference][c])),
                    "f1_arm": t.score(float(f1[arm][c])),
                    "tests": str(found.objects),
                    "training": training(study, outcomes, c),
                }
            )
    return rows


def training(study: Study, outcomes: TaskOutcomes, c: int) -> str:
    counts = study.training_counts.get(outcomes.task)
    return "–" if counts is None else f"{float(counts[c]):.0f}"


def _listed(outcomes: TaskOutcomes, members: Sequence[int], names: Names) -> str:
    return names.listed([names.label(outcomes.task, outcomes.classes[c])[0] for c in members])


def _unscored(study: Study, outcomes: TaskOutcomes, names: Names, t: Wording) -> Markup | None:
    rare = [c for c in np.unique(outcomes.truth).tolist() if c not in outcomes.scored]
    least = study.params.experiment.min_class_objects
    return t("classes.unscored", least=least, classes=_listed(outcomes, rare, names)) if rare else None


def class_table(study: Study, outcomes: TaskOutcomes, explored: Explored, names: Names, t: Wording) -> Table:
    """Every scored class of a task, the rarest first: objects, F1 of the references, and the differences to them."""
    references = list(dict.fromkeys(reference for _, reference in explored.pairs))
    f1 = {arm: scoring.class_f1(outcomes, arm).mean((0, 1)) for arm in references}
    rows = []
    for c in ordered(study, outcomes):
        name = outcomes.classes[c]
        cells = [Cell(*names.label(outcomes.task, name))]
        cells += [Cell(training(study, outcomes, c)), Cell(str(outcomes.object_counts[c]))]
        cells += [Cell(t.score(float(f1[arm][c]))) for arm in references]
        cells += [difference_cell(explored.classes.get((outcomes.task, arm, name)), t) for arm, _ in explored.pairs]
        rows.append(tuple(cells))
    heads = [Cell(t(key)) for key in ("classes.class", "plot.training", "plot.tests")]
    heads += [Cell(names.arm(arm)) for arm in references]
    heads += [_pair_head(arm, reference, names, t) for arm, reference in explored.pairs]
    return Table(tuple(heads), tuple(rows), "scores")


def alignment(study: Study, explored: Explored, names: Names, t: Wording) -> dict[str, Any]:
    """Gain against alignment: the plot, the correlation in a sentence, halves, and every class in a table."""
    focus = explored.focus
    floor = study.params.curation.floor
    return {
        "plot": charts.alignment(_points(study, explored, names, t), t) if focus else None,
        "compared": t("classes.compared", arm=names.mix(focus[0]), reference=names.mix(focus[1])) if focus else "",
        "correlation": correlation(explored.correlation, t),
        "by_task": [
            t("alignment.correlation_task", task=names.title(task), rho=_rho(found.rho, t), interval=_span(found, t))
            for task, found in explored.by_task.items()
        ],
        "opposed": _opposed(study, explored, names, t),
        "halves": _halves(explored, names, t),
        "level": t.share(DISCOVERIES),
        "skills": [
            t("alignment.skill_row", task=names.title(e.task), skill=f"{e.skill:.2f}")
            + (t("alignment.floor", floor=f"{floor:g}") if e.skill < floor else Markup(""))
            for e in study.alignment
        ],
        "tables": [{"title": names.title(e.task), "table": _alignment_table(e, names, t)} for e in study.alignment],
    }


def _points(study: Study, explored: Explored, names: Names, t: Wording) -> list[dict[str, Any]]:
    assert explored.focus is not None
    shown = names.arm(explored.focus[0])
    points = []
    for outcomes in study.outcomes:
        entry = next((entry for entry in study.alignment if entry.task == outcomes.task), None)
        if entry is None:
            continue
        for row in class_rows(study, outcomes, explored, names, t):
            value = float(explored.alignment[outcomes.task][row["index"]])
            if row["arm"] != shown or not np.isfinite(value):
                continue
            place = entry.classes.index(outcomes.classes[row["index"]])
            points.append(
                {
                    **row,
                    "alignment": round(value, 4),
                    "seen": t.percent(value),
                    "asked": f"{entry.asked[place]:.0f}",
                    "recall": t.percent(float(entry.recall[place])),
                }
            )
    return points


def correlation(found: RankCorrelation | None, t: Wording) -> Markup | None:
    """Alignment against gain in a sentence; None where alignment isn't known."""
    if found is None:
        return None
    if found.rho is None or found.low is None or found.high is None:
        return t("alignment.few", n=found.classes)
    key = "positive" if found.low > 0 else "negative" if found.high < 0 else "open"
    values = {"n": found.classes, "rho": _rho(found.rho, t), "interval": _span(found, t)}
    return t("alignment.correlation", **values) + t(f"alignment.{key}")


def _rho(value: float | None, t: Wording) -> str:
    return "–" if value is None else t.signed(value)


def _span(found: RankCorrelation, t: Wording) -> str:
    if found.low is None or found.high is None:
        return ""
    return f"[{t.signed(found.low)},{NO_BREAK}{t.signed(found.high)}]"


def _halves(explored: Explored, names: Names, t: Wording) -> Table:
    rows = []
    for task in dict.fromkeys(task for task, _ in explored.halves):
        cells = [difference_cell(explored.halves.get((task, half)), t) for half in HALVES]
        rows.append((Cell(names.title(task)), *cells))
    return Table(tuple(Cell(t(f"alignment.{key}")) for key in ("task", *HALVES)), tuple(rows), "scores")


def _opposed(study: Study, explored: Explored, names: Names, t: Wording) -> Table:
    """Arms fed with the halves of the pool at equal share: their scores, and the difference between them."""
    rows = []
    for more, less in twins(study):
        for outcomes in study.outcomes:
            found = explored.opposed.get((outcomes.task, more))
            if found is not None:
                f1 = [Cell(t.score(scoring.score(outcomes, arm)), hover=arm) for arm in (less, more)]
                share = names.shares(more)
                rows.append((Cell(names.title(outcomes.task), share, hover=more), *f1, difference_cell(found, t)))
    heads = ("alignment.task", "alignment.fed_less", "alignment.fed_more", "tail.difference")
    return Table(tuple(Cell(t(key)) for key in heads), tuple(rows), "scores")


def _alignment_table(entry: Alignment, names: Names, t: Wording) -> Table:
    rows = []
    for place in np.argsort(np.nan_to_num(entry.alignment, nan=2.0), kind="stable").tolist():
        distance = float(entry.distance[place])
        rows.append(
            (
                Cell(*names.label(entry.task, entry.classes[place])),
                Cell(f"{entry.asked[place]:.0f}"),
                Cell(t.percent(float(entry.alignment[place]))),
                Cell(t.percent(float(entry.recall[place]))),
                Cell(f"{distance:.3g}" if np.isfinite(distance) else "–"),
            )
        )
    heads = ("classes.class", "alignment.asked", "alignment.recognised", "alignment.recall", "alignment.distance")
    return Table(tuple(Cell(t(key)) for key in heads), tuple(rows))
