"""What the stages train, search and confirm leave for the later ones."""

from __future__ import annotations

import json
from pathlib import Path

from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.config import Arm
from kilnmix.experiment import predictions
from kilnmix.experiment.arms import repeating

ARMS = "arms.json"


def table(stage: str, fold: int, part: str) -> Path:
    """The predictions that `train` or `confirm` left for one part, `val` or `test`."""
    return output(stage, fold) / predictions.FILES[part]


def found(fold: int) -> dict[str, Arm]:
    """The arms `searched` and `real-searched` of a fold; raises `UserError` when `search` has not run."""
    path = output("search", fold) / ARMS
    if not path.exists():
        raise UserError(f"{path} is missing. Run `dvc repro search` first.")
    return {name: Arm.model_validate(arm) for name, arm in json.loads(path.read_text(encoding="utf-8")).items()}


def confirmed(fold: int) -> dict[str, Arm]:
    """The arms that `confirm` trains: those found, and `repeat-searched`, the control of `searched`."""
    arms = found(fold)
    return {**arms, "repeat-searched": repeating(arms["searched"])}
