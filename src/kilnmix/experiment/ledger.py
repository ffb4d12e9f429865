"""How often a test set has been looked at: a line for every time that `compare` read other answers to it.

reports/ledger.csv is appended to and never a stage's output: a study that was repeated until it pleased shows it.
Looks on the way are written into it before the first of them; then they count as the one look that they are together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from kilnmix.common import csv_files
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_csv
from kilnmix.statistics.scores import TaskOutcomes

_COLUMNS = ("when", "test_set", "answers")
_PLAN = "plan: "
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


def plan(path: Path, test_set: str, looks: str) -> None:
    """Writes down when a test set will be looked at, before it is.

    Args:
        looks: the plan in words.

    Raises:
        UserError: the test set was looked at by another plan already, whose levels then no longer hold; or the file is
            damaged.
    """
    lines = [line["answers"] for line in _lines(path) if line["test_set"] == test_set]
    plans = [place for place, text in enumerate(lines) if text.startswith(_PLAN)]
    if plans and lines[plans[-1]] == _PLAN + looks:
        return
    if plans and plans[-1] < len(lines) - 1:
        raise UserError(
            f"The looks were planned as {lines[plans[-1]].removeprefix(_PLAN)!r} ({path}), and the test parts have "
            f"been looked at since; another plan ({looks}) would not hold its level. Set experiment.looks back to it, "
            "or read the study once, as one more look: `kilnmix compose looks=none`."
        )
    _append(path, test_set, _PLAN + looks)


def note(path: Path, test_set: str, answers: str, planned: Sequence[str] = ()) -> int:
    """Writes down a look, unless the same answers have been looked at before.

    Args:
        planned: what the planned looks of this study read.

    Returns:
        How often this test set has been looked at, this look included and the planned ones as part of it.

    Raises:
        UserError: the file is damaged.
    """
    texts = {line["answers"] for line in _lines(path) if line["test_set"] == test_set}
    seen = {text for text in texts if not text.startswith(_PLAN)}
    if answers not in seen:
        _append(path, test_set, answers)
    return len((seen - set(planned)) | {answers})


def _lines(path: Path) -> list[dict[str, str]]:
    return read_csv(path, _COLUMNS, _REMEDY) if path.exists() else []


def _append(path: Path, test_set: str, text: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    # Written anew as a whole: a line that a full disk cut would make the rest unreadable.
    lines = [*_lines(path), dict(zip(_COLUMNS, (now, test_set, text), strict=True))]
    path.parent.mkdir(parents=True, exist_ok=True)
    csv_files.write(path, _COLUMNS, ([line[name] for name in _COLUMNS] for line in lines))
