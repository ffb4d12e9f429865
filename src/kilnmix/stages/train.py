"""train: every fixed arm of the comparison, with every adapter and seed of this fold."""

from __future__ import annotations

from pathlib import Path

from kilnmix.config import Params
from kilnmix.experiment.training import arm_builder, train_arms
from kilnmix.stages import Outcome


def run(params: Params, fold: int, draft: Path) -> Outcome:
    trained = train_arms(arm_builder(params, fold), params.arms, f"train fold {fold}")
    trained.write(draft)
    return Outcome(trained.sentence, trained.records("train"))
