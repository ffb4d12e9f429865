"""What is taken for what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kilnmix.report.context import ReportContext
from kilnmix.report.tables.table import Cell, Table, cells
from kilnmix.statistics.scores import TaskOutcomes

MOST = 30
"""Most classes of a confusion table."""


def confused(outcomes: TaskOutcomes) -> list[int]:
    """The scored classes that a confusion table shows: of more than `MOST` those with most test objects."""
    counts = outcomes.object_counts
    return sorted(sorted(outcomes.scored, key=lambda c: (-counts[c], c))[:MOST])


def rows_of_confusion(outcomes: TaskOutcomes, arm: str, shown: Sequence[int]) -> np.ndarray:
    """(k, k + 1) float64: for each of k classes the weighted share of its photographs that are taken for each of them,
    mean of all runs; the last column is everything else (other classes, no answer). Rows sum to one."""
    place = np.full(len(outcomes.classes) + 1, len(shown))
    place[list(shown)] = np.arange(len(shown))
    rows = np.flatnonzero(np.isin(outcomes.truth, shown))
    truth, weights = place[outcomes.truth[rows]], outcomes.weights[rows]
    runs = outcomes.predicted[arm][:, :, rows].reshape(-1, len(truth))
    side = len(shown) + 1
    # Index -1 (no answer) reads the last place, which stands for everything else.
    counted = [np.bincount(truth * side + place[answers], weights, minlength=side * len(shown)) for answers in runs]
    counts = np.mean(counted, axis=0).reshape(len(shown), side)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1e-12)


def confusion(outcomes: TaskOutcomes, arm: str, context: ReportContext) -> Table:
    """What is taken for what, in percent of each true class; the diagonal is recall."""
    t, names = context.t, context.names
    shown = confused(outcomes)
    shares = rows_of_confusion(outcomes, arm, shown)
    classes = [outcomes.classes[c] for c in shown]
    elsewhere = bool(shares[:, -1].max(initial=0) > 0.0005)
    columns = [names.label(outcomes.task, name)[0] for name in classes] + (["…"] if elsewhere else [])
    rows = []
    for row, name in enumerate(classes):
        first, second = names.label(outcomes.task, name)
        shaded = [Cell(first, second)]
        for column, answer in enumerate(columns):
            value = float(shares[row, column])
            hover = t.plain("confusion.cell", truth=first, answer=answer, value=t.percent(value, 1))
            text = f"{100 * value:.0f}" if value >= 0.005 else ""
            shaded.append(Cell(text, looks="right" if row == column else "wrong", hover=hover, shade=round(value, 3)))
        rows.append(tuple(shaded))
    return Table((Cell(""), *cells(*columns)), tuple(rows), "confusion")
