"""look: the test parts read at a look planned beforehand: which arms need further classifier seeds."""

from __future__ import annotations

import json
from pathlib import Path

from kilnmix.common.nested import flatten
from kilnmix.common.paths import output
from kilnmix.config import Params
from kilnmix.experiment.comparison import look
from kilnmix.experiment.outputs import OPEN, trainings
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags


def run(params: Params, number: int, draft: Path) -> Outcome:
    taken = look(params, number)
    (draft / OPEN).write_text(json.dumps(taken.to_json(), indent=1) + "\n", encoding="utf-8")
    closed = {f"{task}.{arm}": closed.why for (task, arm), closed in taken.sequential.closed.items()}
    record = Record(
        name=f"look {number}",
        tags=tags("look", look=number),
        params={**flatten(params.experiment.looks.model_dump(mode="json"), "looks."), **closed},
        metrics={"open_arms": len(taken.arms)},
        inputs=[DataInput(str(path), "testing") for fold in params.folds for path in trainings(params, fold, number)],
        artifacts=[str(output("look", number) / OPEN)],
    )
    rest = f"{len(taken.arms)} arms go on" if taken.arms else "no arm goes on"
    seeds = params.experiment.looks.seeds[number]
    return Outcome(f"after {seeds} seeds {len(closed)} comparisons are closed, {rest}", [record])
