"""The study's numbers as plain rows, for CSV files, `dvc plots` and comparing studies. Scores are fractions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from kilnmix.common import csv_files
from kilnmix.report.context import ReportContext
from kilnmix.report.exploratory import focus_pair, is_discovery, testable_pairs
from kilnmix.report.inputs import ReportInputs
from kilnmix.statistics.exploration import PartDifference

Row = dict[str, Any]
DIGITS = 6


def text(rows: Sequence[Row]) -> str:
    """Rows with the same keys as CSV; nothing known is an empty cell, and no spreadsheet computes a name."""
    if not rows:
        return ""
    file = io.StringIO()
    csv_files.to(file, rows[0], ([_plain(value) for value in row.values()] for row in rows))
    return file.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return "" if not np.isfinite(value) else round(value, DIGITS)
    return "" if value is None else value


def scores(inputs: ReportInputs) -> list[Row]:
    """task, arm, f1, and where it is compared: reference, family, verdict, delta, low, high, p, relative, detectable,
    and control, control_delta, control_low, control_high."""
    rows = []
    for task in inputs.verdict.tasks:
        for arm, f1 in task.f1.items():
            found = task.arms.get(arm)
            difference = found.vs_real if found else None
            control = found.vs_repeat if found else None
            rows.append(
                {
                    "task": task.task,
                    "arm": arm,
                    "f1": f1,
                    "reference": found.comparison.reference if found else None,
                    "family": ("primary" if found.comparison.primary else "secondary") if found else None,
                    "verdict": found.verdict if found else None,
                    **{name: getattr(difference, name, None) for name in ("delta", "low", "high", "p")},
                    "relative": found.relative if found else None,
                    "detectable": found.detectable if found else None,
                    "control": found.comparison.control if found else None,
                    **{f"control_{name}": getattr(control, name, None) for name in ("delta", "low", "high")},
                }
            )
    return rows


def classes(context: ReportContext) -> list[Row]:
    """Every scored class and primary pair: task, class, group, training, tests, asked, alignment, recall, arm,
    reference, f1_reference, f1_arm, and delta, low, high, p, q, stands (a discovery)."""
    return [
        {
            "task": row.task,
            "class": row.name,
            **{name: getattr(row, name) for name in ("group", "training", "tests", "asked", "alignment", "recall")},
            **{name: getattr(row, name) for name in ("arm", "reference", "f1_reference", "f1_arm")},
            **_difference(row.difference),
        }
        for row in context.class_rows
    ]


def groups(context: ReportContext) -> list[Row]:
    """Head, middle and tail of every task and primary pair: task, group, arm, reference, objects, the difference."""
    return [
        {
            "task": task,
            "group": group,
            "arm": arm,
            "reference": found.reference,
            "objects": found.objects,
            **_difference(found),
        }
        for (task, arm, group), found in context.exploratory.groups.items()
    ]


def _difference(found: PartDifference | None) -> Row:
    values = {name: getattr(found, name, None) for name in ("delta", "low", "high", "p", "q")}
    return {**values, "stands": is_discovery(found) if found is not None else None}


def first_run(inputs: ReportInputs, arm: str) -> dict[str, list[Row]]:
    """Task -> (actual, predicted) of every photograph of a scored class in the arm's first run, for the template
    `confusion` of `dvc plots`."""
    answers: dict[str, list[Row]] = {}
    for outcomes in inputs.outcomes:
        if arm not in outcomes.predicted or not outcomes.scored:
            continue
        predicted = outcomes.predicted[arm][0, 0]
        answers[outcomes.task] = [
            {
                "actual": outcomes.classes[outcomes.truth[row]],
                "predicted": outcomes.classes[predicted[row]] if predicted[row] >= 0 else "none",
            }
            for row in outcomes.kept.tolist()
        ]
    return answers


def differences(inputs: ReportInputs) -> dict[str, list[Row]]:
    """Task -> arm, delta, low, high, p, verdict, of the arms with a difference; tasks without one are left out."""
    names = ("arm", "delta", "low", "high", "p", "verdict")
    tasks: dict[str, list[Row]] = {}
    for row in scores(inputs):
        if row["delta"] is not None:
            tasks.setdefault(row["task"], []).append({name: row[name] for name in names})
    return tasks


def plots(inputs: ReportInputs) -> dict[str, dict[str, list[Row]]]:
    """What `dvc plots` draws, folder -> task -> rows: `scores` (arm, f1); `differences` (arm, delta, low, high, p,
    verdict) of the arms that are compared; and `confusion` (actual, predicted) of the fixed arm with the highest share,
    so that the plots of two commits speak of the same arm."""
    _, pairs = testable_pairs(inputs)
    focus = focus_pair(inputs, pairs)
    return {
        "scores": {
            task.task: [{"arm": arm, "f1": f1} for arm, f1 in task.f1.items() if f1 is not None]
            for task in inputs.verdict.tasks
        },
        "differences": differences(inputs),
        "confusion": first_run(inputs, focus[0] if focus else "real"),
    }
