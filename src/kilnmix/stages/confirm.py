"""confirm: the arms that the search found, trained as `train` trains."""

from __future__ import annotations

import json

from kilnmix.config import Arm, Params
from kilnmix.errors import UserError
from kilnmix.stages import Outcome, output
from kilnmix.stages.search import ARMS
from kilnmix.stages.train import train_arms


def found(fold: int) -> dict[str, Arm]:
    """The arms `searched` and `real-searched` of a fold; raises `UserError` when `search` has not run."""
    path = output("search", fold) / ARMS
    if not path.exists():
        raise UserError(f"{path} is missing. Run `dvc repro search` first.")
    return {name: Arm.model_validate(arm) for name, arm in json.loads(path.read_text(encoding="utf-8")).items()}


def run(params: Params, fold: int) -> Outcome:
    return train_arms(params, "confirm", fold, found(fold))
