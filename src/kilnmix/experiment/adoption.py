"""What the searches of all folds found, as one arm for conf/."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, mode

import yaml

from kilnmix.common import files
from kilnmix.common.errors import UserError
from kilnmix.config import Arm
from kilnmix.experiment.arms import changed, repeating

PLACE = Path("conf/arms/adopted.yaml")
_HEAD = "# Written by `kilnmix adopt`"


def pooled(arms: Sequence[Arm], tasks: Sequence[str]) -> Arm:
    """One arm of the folds' arms: each task's mean share, the geometric mean of weights, the commonest of what is no
    number. A fold that adopted no images counts with share 0."""

    def share(arm: Arm, task: str) -> float:
        return arm.share.get(task, 0.0) if isinstance(arm.share, dict) else arm.share

    def middle(values: Sequence[float]) -> float:
        return round(math.exp(fmean(math.log(max(value, 1e-6)) for value in values)), 3)

    shares = {task: round(fmean(share(arm, task) for arm in arms), 3) for task in tasks}
    weights = {task: middle([arm.task_weights.get(task, 1.0) for arm in arms]) for task in tasks}
    names = {name for arm in arms for name in arm.classifier}
    classical = {name: mode(arm.classifier[name] for arm in arms if name in arm.classifier) for name in sorted(names)}
    mixed = [arm for arm in arms if arm.source == "synthetic"]
    if not mixed:
        return Arm(task_weights=weights, classifier=classical)
    return Arm(
        source="synthetic",
        share=shares,
        task_weights=weights,
        classifier=classical,
        synthetic_weight=middle([arm.synthetic_weight for arm in mixed]),
        allocation=mode(arm.allocation for arm in mixed),
        mode=mode(arm.mode for arm in mixed),
    )


def write(arm: Arm, folds: int, root: Path = Path()) -> Path:
    """Writes the arms `adopted` and, where it has images, its control `repeat-adopted`, beside the default ones.

    Raises:
        UserError: the file is there and somebody else's.
    """
    path = root / PLACE
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(_HEAD):
        raise UserError(
            f"{path} was not written by `kilnmix adopt`, so it stays. Rename it, and run the command again."
        )
    arms = {"adopted": arm}
    if arm.source != "none":
        arms["repeat-adopted"] = repeating(arm)
    found = f"{_HEAD}: what the search found in {folds} fold{'s' if folds != 1 else ''}, on validation alone.\n"
    text = yaml.safe_dump({name: changed(each) for name, each in arms.items()}, sort_keys=False)
    files.write(path, f"{found}defaults:\n  - default\n  - _self_\n\n{text}")
    return path
