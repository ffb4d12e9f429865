"""Labels that are shared between classes, in tables: a column TASK_soft beside a task's own, JSON of class -> share.

A cell is empty where the label is the task's own column alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from kilnmix.collection.prepared import MISSING, Task

END = "_soft"


def mixed(task: Task, asked: int, other: int, share: float) -> dict[str, float]:
    """The label of an image asked for as class `asked` and made from one of class `other`; empty where it is not soft.

    Args:
        share: of `asked`; the rest is that of `other`, 0 to 1.
    """
    if MISSING in (asked, other) or asked == other or share >= 1:
        return {}
    return {task.classes[asked]: share, task.classes[other]: 1 - share}


def cell(shares: Mapping[str, float]) -> str:
    """The text of a table's cell."""
    rounded = {name: round(float(share), 6) for name, share in shares.items() if share > 0}
    return json.dumps(rounded, ensure_ascii=False) if rounded else ""


def read(task: Task, rows: Sequence[Mapping[str, str]]) -> np.ndarray | None:
    """(m, C) float32, rows that sum to 1, or 0 where the label is not known; None where no cell is filled.

    Raises:
        ValueError: a cell is no JSON, names what is no class, or has shares that are negative or sum to nothing.
    """
    cells = [row.get(f"{task.name}{END}") or "" for row in rows]
    if not any(cells):
        return None
    shares = np.zeros((len(rows), len(task.classes)), np.float32)
    for place, (row, text) in enumerate(zip(rows, cells, strict=True)):
        if text:
            for name, share in json.loads(text).items():
                shares[place, task.index(name)] = float(share)
            if (shares[place] < 0).any() or not 0 < shares[place].sum() < np.inf:
                raise ValueError(f"shares {text} that are no label")
            shares[place] /= shares[place].sum()
        elif row[task.name]:
            shares[place, task.index(row[task.name])] = 1.0
    return shares


def read_all(tasks: Sequence[Task], rows: Sequence[Mapping[str, str]]) -> dict[str, np.ndarray]:
    """Task -> as `read`, for the tasks that have soft labels."""
    found = {task.name: read(task, rows) for task in tasks}
    return {name: shares for name, shares in found.items() if shares is not None}


def cells_of(task: Task, shares: np.ndarray, labels: np.ndarray) -> list[str]:
    """Cells for (m, C) shares beside (m,) labels in the task's own column, empty where these say it all."""
    return [
        ""
        if (row > 0).sum() == (row[label] > 0 if label != MISSING else 0)
        else cell(dict(zip(task.classes, row.tolist(), strict=True)))
        for row, label in zip(shares, labels.tolist(), strict=True)
    ]
