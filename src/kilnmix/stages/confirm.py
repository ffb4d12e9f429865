"""confirm: the arms that the search chose, and the control of `searched`, trained as `train` trains."""

from __future__ import annotations

from pathlib import Path

from kilnmix.config import Params
from kilnmix.experiment.outputs import confirmed
from kilnmix.experiment.training import arm_builder, train_arms
from kilnmix.stages import Outcome


def run(params: Params, fold: int, draft: Path) -> Outcome:
    trained = train_arms(arm_builder(params, fold), confirmed(fold), f"confirm fold {fold}")
    trained.write(draft)
    return Outcome(trained.sentence, trained.records("confirm"))
