"""judge: cross-fitted classifiers of this fold's training photographs, the eyes through which curation looks.

Besides the judges, `doubts.csv` and `doubts.html` list the labels of these photographs that are likely wrong.
"""

from __future__ import annotations

import numpy as np

from kilnmix.classifier.results import read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import train_many
from kilnmix.collection import prepared as collection
from kilnmix.common.files import fresh
from kilnmix.common.paths import PREPARED, STATE, Fold, output
from kilnmix.common.seeds import derive
from kilnmix.config import Params
from kilnmix.curation import crossfit, judges
from kilnmix.curation import doubts as doubt
from kilnmix.curation.fidelity import recalls, skill
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, flatten, tags, write


def run(params: Params, fold: Fold) -> Outcome:
    photographs = collection.load(PREPARED)
    rows = photographs.members(fold, "train")
    count = params.curation.judges
    part = crossfit.parts(
        photographs.objects[rows], photographs.label_matrix[rows], count, derive(params.seed, "judge", fold)
    )
    runs = [
        TrainingRun(
            prepared=PREPARED,
            tasks=tuple(task.name for task in photographs.tasks),
            settings=params.classifier,
            task_weights=params.classifier.task_weights,
            seed=derive(params.seed, "judge", fold, number),
            train=rows[part != number],
            val=np.empty(0, np.int64),
            test=rows[part == number],
            keep_model=True,
            fit=params.collection.fit,
            name=f"judge {fold}/{number}",
        )
        for number in range(count)
    ]
    done = train_many(runs, STATE / "runs", params.classifier.runs_at_once, label=f"judge fold {fold}")
    folders = [done[run.digest()] for run in runs]
    crossfitted = judges.merged([read_predictions(folder / "test.npz") for folder in folders])
    skills = {}
    for task in photographs.tasks:
        truth = photographs.labels[task.name][crossfitted.rows]
        predicted = crossfitted.probabilities[task.name].argmax(axis=1)
        skills[task.name] = skill(recalls(truth, predicted, len(task.classes)))
    trusted = [name for name, value in skills.items() if value >= params.curation.floor]
    doubts = doubt.find(photographs, crossfitted.rows, crossfitted.probabilities, trusted)
    place = output("judge", fold)
    record = Record(
        name=f"judge {fold}",
        tags=tags("judge", fold),
        params={"judges": count, **flatten(params.classifier.model_dump(), "classifier.")},
        metrics={**{f"skill.{name}": value for name, value in skills.items()}, "doubts": len(doubts)},
        inputs=[DataInput(str(PREPARED), "judging")],
        artifacts=[str(place / "doubts.csv"), str(place / "doubts.html")],
    )
    with fresh(place) as folder:
        judges.save(folder, folders)
        doubt.write(folder, photographs, doubts)
        write(folder, [record])
    worth = ", ".join(f"{name} {value:.2f}" for name, value in skills.items())
    said = f"{count} judges; balanced accuracy above chance on objects they had not seen: {worth}"
    return Outcome(f"{said}; {len(doubts)} labels in doubt (doubts.html)", [record])
