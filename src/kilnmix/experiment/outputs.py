"""What the stages train, search and confirm leave for the later ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.common.readers import read_mapping, read_yaml
from kilnmix.config import Arm, Params
from kilnmix.config.experiment import FOUND
from kilnmix.experiment import predictions
from kilnmix.experiment.arms import changed, repeating

BEST = "best.yaml"
"""What a fold's search adopted: an arm for each of its two studies."""
OPEN = "open.json"
_HEAD = "# What the search of this fold adopted, on validation alone; `confirm` trains it.\n"


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
    path = output("search", fold) / BEST
    if path.exists():
        manifest.check(path.parent)
    entries = read_yaml(path, "Run `dvc repro search` first.")
    try:
        if not isinstance(entries, dict):
            raise ValueError("no mapping")
        arms = {name: Arm.model_validate(arm) for name, arm in entries.items()}
    except ValueError as error:
        raise UserError(f"{path} holds a setting that is none. Run `dvc repro search`, which makes it anew.") from error
    missing = [name for name in FOUND[:2] if name not in arms]
    if missing:
        raise UserError(f"{path} lacks the arm {missing[0]}. Run `dvc repro search`, which makes it anew.")
    return arms


def write_found(folder: Path, arms: Mapping[str, Arm]) -> None:
    """Writes what `found` reads: the settings in which each arm differs from one without any, and its source."""
    text = yaml.safe_dump({name: changed(arm) for name, arm in arms.items()}, sort_keys=False)
    (folder / BEST).write_text(f"{_HEAD}{text}", encoding="utf-8")


def confirmed(fold: int) -> dict[str, Arm]:
    """The arms that `confirm` trains: those found, and `repeat-searched`, the control of `searched`."""
    arms = found(fold)
    return {**arms, "repeat-searched": repeating(arms["searched"])}
