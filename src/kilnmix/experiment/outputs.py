"""What the stages train, search and confirm leave for the later ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.common.readers import read_mapping
from kilnmix.config import Arm, Params
from kilnmix.config.experiment import FOUND
from kilnmix.experiment import predictions
from kilnmix.experiment.arms import repeating

ARMS = "arms.json"
OPEN = "open.json"


def trainings(params: Params, fold: int, looks: int | None = None) -> list[Path]:
    """The folders that hold a fold's trainings: those of `train` and `confirm`, and of `extend` look by look.

    Args:
        looks: only what the first so many looks on the way asked for; None: all.
    """
    more = [output("extend", look.number, fold) for look in params.looks[:looks]]
    return [output("train", fold), output("confirm", fold), *more]


def tables(
    params: Params, part: predictions.Part, folds: Sequence[int] | None = None, looks: int | None = None
) -> list[tuple[int, Path]]:
    """(fold, table) of the predictions for one part, `val` or `test`, in the folders of `trainings`."""
    return [
        (fold, folder / predictions.FILES[part])
        for fold in (params.folds if folds is None else folds)
        for folder in trainings(params, fold, looks)
    ]


def still_open(params: Params, look: int, fold: int) -> dict[str, Arm]:
    """The arms that a look left open, as `train` and `confirm` train them.

    Raises:
        UserError: that look has not been taken, or its output is damaged.
    """
    path = output("look", look) / OPEN
    if path.exists():
        manifest.check(path.parent)
    names = read_mapping(path, f"Run `dvc repro look@look{look}` first.").get("arms", ())
    return {name: arm for name, arm in {**params.arms, **confirmed(fold)}.items() if name in names}


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
