"""The study's numbers as plain rows, for CSV files, `dvc plots` and comparing studies. Scores are fractions."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from kilnmix.report.explored import Explored, explore, focus_pair, stands, testable
from kilnmix.report.inputs import Study
from kilnmix.statistics import scores as scoring
from kilnmix.statistics.exploration import PartDifference
from kilnmix.statistics.frequency import frequency_groups

Row = dict[str, Any]
DIGITS = 6


def text(rows: Sequence[Row]) -> str:
    """Rows with the same keys as CSV; nothing known is an empty cell."""
    if not rows:
        return ""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{key: _plain(value) for key, value in row.items()} for row in rows])
    return file.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return "" if not np.isfinite(value) else round(value, DIGITS)
    return "" if value is None else value


def scores(study: Study) -> list[Row]:
    """task, arm, f1, and where it is compared: reference, family, verdict, delta, low, high, p, relative, detectable,
    and control, control_delta, control_low, control_high."""
    rows = []
    for task in study.verdict.tasks:
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


def classes(study: Study, explored: Explored | None = None) -> list[Row]:
    """Every scored class and primary pair: task, class, group, training, tests, asked, alignment, recall, arm,
    reference, f1_reference, f1_arm, and delta, low, high, p, q, stands."""
    explored = explore(study) if explored is None else explored
    rows = []
    for outcomes in study.outcomes:
        counts = study.training_counts.get(outcomes.task)
        groups = frequency_groups(counts.tolist(), outcomes.scored) if counts is not None else {}
        entry = next((entry for entry in study.alignment if entry.task == outcomes.task), None)
        for arm, reference in explored.pairs:
            f1 = {name: scoring.class_f1(outcomes, name).mean((0, 1)) for name in (arm, reference)}
            for c in outcomes.scored:
                name = outcomes.classes[c]
                place = entry.classes.index(name) if entry is not None and name in entry.classes else None
                judged = {
                    key: None if entry is None or place is None else float(getattr(entry, key)[place])
                    for key in ("asked", "alignment", "recall")
                }
                rows.append(
                    {
                        "task": outcomes.task,
                        "class": name,
                        "group": next((key for key, members in groups.items() if c in members), None),
                        "training": None if counts is None else float(counts[c]),
                        "tests": outcomes.object_counts[c],
                        **judged,
                        "arm": arm,
                        "reference": reference,
                        "f1_reference": float(f1[reference][c]),
                        "f1_arm": float(f1[arm][c]),
                        **_difference(explored.classes.get((outcomes.task, arm, name))),
                    }
                )
    return rows


def groups(study: Study, explored: Explored | None = None) -> list[Row]:
    """Head, middle and tail of every task and primary pair: task, group, arm, reference, objects, the difference."""
    explored = explore(study) if explored is None else explored
    return [
        {
            "task": task,
            "group": group,
            "arm": arm,
            "reference": found.reference,
            "objects": found.objects,
            **_difference(found),
        }
        for (task, arm, group), found in explored.groups.items()
    ]


def _difference(found: PartDifference | None) -> Row:
    values = {name: getattr(found, name, None) for name in ("delta", "low", "high", "p", "q")}
    return {**values, "stands": stands(found) if found is not None else None}


def answers(study: Study, arm: str) -> dict[str, list[Row]]:
    """Task -> (actual, predicted) of every photograph of a scored class in the arm's first run, for the template
    `confusion` of `dvc plots`."""
    found = {}
    for outcomes in study.outcomes:
        if arm not in outcomes.predicted or not outcomes.scored:
            continue
        said = outcomes.predicted[arm][0, 0]
        found[outcomes.task] = [
            {
                "actual": outcomes.classes[outcomes.truth[row]],
                "predicted": outcomes.classes[said[row]] if said[row] >= 0 else "none",
            }
            for row in outcomes.kept.tolist()
        ]
    return found


def plots(study: Study) -> dict[str, dict[str, list[Row]]]:
    """What `dvc plots` draws, folder -> task -> rows: `scores` (arm, f1), and `confusion` (actual, predicted) of the
    fixed arm with the highest share, so that the plots of two commits speak of the same arm."""
    _, pairs = testable(study)
    focus = focus_pair(study, pairs)
    return {
        "scores": {
            task.task: [{"arm": arm, "f1": f1} for arm, f1 in task.f1.items() if f1 is not None]
            for task in study.verdict.tasks
        },
        "confusion": answers(study, focus[0] if focus else "real"),
    }
