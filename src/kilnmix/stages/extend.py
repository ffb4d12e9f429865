"""extend: the arms that a look left open, fixed ones and found ones, trained with the seeds that the next look adds."""

from __future__ import annotations

from pathlib import Path

from kilnmix.config import Params
from kilnmix.experiment.outputs import still_open
from kilnmix.experiment.training import arm_builder, train_arms
from kilnmix.stages import Outcome


def run(params: Params, look: int, fold: int, draft: Path) -> Outcome:
    arms = still_open(params, look, fold)
    trained = train_arms(arm_builder(params, fold), arms, f"extend {look} fold {fold}", look + 1)
    trained.write(draft)
    return Outcome(trained.sentence, trained.records("extend", look))
