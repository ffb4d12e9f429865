"""confirm: the arms that the search found, and the control of `searched`, trained as `train` trains."""

from __future__ import annotations

from kilnmix.config import Params
from kilnmix.experiment.outputs import confirmed
from kilnmix.stages import Outcome
from kilnmix.stages.train import train_arms


def run(params: Params, fold: int) -> Outcome:
    return train_arms(params, "confirm", fold, confirmed(fold))
