"""What the stages train, search and confirm leave for the later ones."""

from __future__ import annotations

from pathlib import Path

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.common.readers import read_mapping
from kilnmix.config import Arm
from kilnmix.config.experiment import FOUND
from kilnmix.experiment import predictions
from kilnmix.experiment.arms import repeating

ARMS = "arms.json"


def table(stage: str, fold: int, part: predictions.Part) -> Path:
    """The predictions that `train` or `confirm` left for one part, `val` or `test`."""
    return output(stage, fold) / predictions.FILES[part]


def found(fold: int) -> dict[str, Arm]:
    """The arms `searched` and `real-searched` of a fold; raises `UserError` when `search` has not run
    or its output is damaged."""
    path = output("search", fold) / ARMS
    if path.exists():
        manifest.check(path.parent)
    entries = read_mapping(path, "Run `dvc repro search` first.")
    try:
        arms = {name: Arm.model_validate(arm) for name, arm in entries.items()}
    except ValueError as error:
        raise UserError(f"{path} holds a setting that is none. Run `dvc repro search`, which makes it anew.") from error
    missing = [name for name in FOUND[:2] if name not in arms]
    if missing:
        raise UserError(f"{path} lacks the arm {missing[0]}. Run `dvc repro search`, which makes it anew.")
    return arms


def confirmed(fold: int) -> dict[str, Arm]:
    """The arms that `confirm` trains: those found, and `repeat-searched`, the control of `searched`."""
    arms = found(fold)
    return {**arms, "repeat-searched": repeating(arms["searched"])}
