"""How often a test set has been looked at: a line for every time that `compare` read other answers to it.

reports/ledger.csv is appended to and never a stage's output: a study that was repeated until it pleased shows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from kilnmix.common import csv_files
from kilnmix.common.readers import read_csv
from kilnmix.statistics.scores import TaskOutcomes

_COLUMNS = ("when", "test_set", "answers")
_REMEDY = "No stage can make it anew: bring back a copy of it (`git log -- reports/ledger.csv`), or mend that place."


def test_digest(ids: np.ndarray) -> str:
    """Identifies a test set by its photographs alone, in whatever order they stand: whoever corrects a label of it, or
    adds a class, has looked at it all the same.

    Args:
        ids: (n,) str.
    """
    return hashlib.sha256("\n".join(sorted(ids.tolist())).encode()).hexdigest()[:16]


def answers_digest(outcomes: Sequence[TaskOutcomes]) -> str:
    """Identifies what was read: every run's first choices."""
    summary = hashlib.sha256()
    for task in outcomes:
        for arm in sorted(task.predicted):
            summary.update(f"{task.task} {arm}".encode())
            summary.update(np.ascontiguousarray(task.predicted[arm], np.int64).tobytes())
    return summary.hexdigest()[:16]


def note(path: Path, test_set: str, answers: str) -> int:
    """Writes down a look, unless the same answers have been looked at before.

    Returns:
        How often this test set has been looked at, this look included.

    Raises:
        UserError: the file is damaged.
    """
    lines = read_csv(path, _COLUMNS, _REMEDY) if path.exists() else []
    seen = {line["answers"] for line in lines if line["test_set"] == test_set}
    if answers not in seen:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        # Written anew as a whole: a line that a full disk cut would make the rest unreadable.
        lines.append(dict(zip(_COLUMNS, (now, test_set, answers), strict=True)))
        path.parent.mkdir(parents=True, exist_ok=True)
        csv_files.write(path, _COLUMNS, ([line[name] for name in _COLUMNS] for line in lines))
    return len(seen | {answers})
