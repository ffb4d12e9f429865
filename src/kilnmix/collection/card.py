"""The data card's figures: what is in the prepared collection, what was left out, and what its labels hang on.

Everything is plain numbers and names, so that it can be written as JSON and shown as a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kilnmix.collection import association
from kilnmix.collection.prepared import MISSING, Prepared, Task

SUSPICIOUS = 0.6
"""Cramér's V from which a warning is due: Cohen's `large` is 0.5."""


def counts(prepared: Prepared) -> dict[str, Any]:
    """task -> class -> photographs, objects, and objects in each part of each fold."""
    result: dict[str, Any] = {}
    for task in prepared.tasks:
        labels = prepared.labels[task.name]
        result[task.name] = {
            name: {
                "photographs": int((labels == index).sum()),
                "objects": _objects(prepared, labels == index),
                "folds": {
                    str(fold): {
                        part: _objects(prepared, (labels == index) & (parts == part))
                        for part in ("train", "val", "test")
                    }
                    for fold, parts in prepared.parts.items()
                },
            }
            for index, name in enumerate(task.classes)
        }
    return result


def _objects(prepared: Prepared, rows: np.ndarray) -> int:
    return len(np.unique(prepared.objects[rows]))


def missing_labels(prepared: Prepared) -> dict[str, dict[str, int]]:
    """task -> how many photographs and objects have a label, and how many photographs have none."""
    return {
        task.name: {
            "labelled": int((prepared.labels[task.name] != MISSING).sum()),
            "labelled_objects": _objects(prepared, prepared.labels[task.name] != MISSING),
            "missing": int((prepared.labels[task.name] == MISSING).sum()),
        }
        for task in prepared.tasks
    }


def associations(prepared: Prepared, other: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """For every pair of tasks, and every task with each of `other`: how far one decides the other.

    Counted over objects, each by its first photograph. `told` is the share of objects whose label is the commonest one
    among those with the same value of the other, `base` the share of the commonest label of all.

    Args:
        other: name -> (N,) values of things that should not decide a label: source, file format, size.
    """
    first = np.unique(prepared.objects, return_index=True)[1]
    columns = {task.name: prepared.labels[task.name][first] for task in prepared.tasks}
    extra = {}
    for name, values in other.items():
        kinds = {value: index for index, value in enumerate(sorted(set(values) - {""}))}
        extra[name] = np.array([kinds.get(values[row], MISSING) for row in first], np.int64)
    names = list(columns)
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    pairs += [(a, b) for a in names for b in extra]
    result = []
    for a, b in pairs:
        table = association.table(columns[a], (columns | extra)[b])
        if min(table.shape) < 2:
            continue
        told, base = association.decided(table)
        result.append(
            {
                "task": a,
                "with": b,
                "objects": int(table.sum()),
                "cramers_v": association.cramers_v(table),
                "told": told,
                "base": base,
            }
        )
    return result


def warnings(prepared: Prepared, associated: Sequence[Mapping[str, Any]], broader: Mapping[str, str]) -> list[str]:
    """Plain sentences on what makes a result doubtful."""
    said = []
    tasks = {task.name for task in prepared.tasks}
    for entry in associated:
        strong = entry["cramers_v"] >= SUSPICIOUS and entry["told"] - entry["base"] >= 0.1
        if strong:
            also = "each other" if entry["with"] in tasks else "it"
            said.append(
                f"{entry['task']} and {entry['with']} go together (Cramér's V {entry['cramers_v']:.2f} over "
                f"{entry['objects']} objects): knowing {entry['with']} alone names {entry['task']} in "
                f"{entry['told']:.0%} of them, against {entry['base']:.0%} by the commonest class. A classifier may "
                f"learn one through {also}."
            )
    for task in prepared.tasks:
        said += _overlapping(task, broader)
        share = (prepared.labels[task.name] == MISSING).mean() if len(prepared) else 0
        if share > 0.5:
            said.append(f"{task.name} is missing on {share:.0%} of the photographs.")
    return said


def _overlapping(task: Task, broader: Mapping[str, str]) -> list[str]:
    """Classes of which one is a kind of another in use: a photograph of the one would also be right as the other."""
    return [
        f"{task.name}: {name} is a kind of {broader[name]}, and both are classes. To have them as one, put "
        f"{task.name} into collection.broader."
        for name in task.classes
        if broader.get(name) in task.classes
    ]


def duplicates(kinds: Sequence[str], prepared: Prepared, conflicts: int) -> dict[str, int]:
    """How many pairs were exact and near, and how many objects have more than one photograph."""
    counted = Counter(kinds)
    return {
        "exact_pairs": counted["exact"],
        "near_pairs": counted["near"],
        "objects_with_several_photographs": int((np.bincount(prepared.objects) > 1).sum()),
        "conflicts": conflicts,
    }
