"""What the searches of all folds found, as one arm for conf/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from kilnmix.common import files
from kilnmix.common.errors import UserError
from kilnmix.config import Arm
from kilnmix.experiment.arms import changed, repeating
from kilnmix.experiment.champion import average

PLACE = Path("conf/arms/adopted.yaml")
_HEAD = "# Written by `kilnmix adopt`"


def pooled(arms: Sequence[Arm], tasks: Sequence[str]) -> Arm:
    """The folds' arms as refit averages them, in numbers that a person reads: three places after the point."""
    arm = average(arms, tasks)
    shares = {task: round(share, 3) for task, share in arm.share.items()} if isinstance(arm.share, dict) else arm.share
    weights = {task: round(weight, 3) for task, weight in arm.task_weights.items()}
    numbers = {"share": shares, "task_weights": weights, "synthetic_weight": round(arm.synthetic_weight, 3)}
    return arm.model_copy(update=numbers)


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
