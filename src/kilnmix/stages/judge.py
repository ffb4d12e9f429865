"""judge: cross-fitted classifiers of this fold's training photographs, the eyes through which curation looks.

Besides the judges, `doubts.csv` and `doubts.html` (in Chinese doubts.zh.html) list the labels of these photographs that
are likely wrong; `breaches.csv` those of all photographs that break a rule of collection.rules.
"""

from __future__ import annotations

from pathlib import Path

from kilnmix.classifier.results import read_predictions
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import prepared, rules_file
from kilnmix.common.nested import flatten
from kilnmix.common.pages.wording import editions, page_file
from kilnmix.common.paths import PREPARED, STATE, Fold, output
from kilnmix.config import Params
from kilnmix.curation import breaches, doubts, judges
from kilnmix.curation.pages import doubts as page
from kilnmix.stages import Outcome
from kilnmix.tracking import confusion
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags
from kilnmix.tracking.trainings import LiveTrainings


def run(params: Params, fold: Fold, draft: Path) -> Outcome:
    photographs = prepared.load(PREPARED)
    runs = judges.trainings(params, photographs, fold)
    label = f"judge fold {fold}"
    done = train_all(runs, STATE / "runs", params.classifier.runs_at_once, label=label, watcher=LiveTrainings())
    folders = [done[run.digest()] for run in runs]
    held_out = judges.merged([read_predictions(folder / "test.npz") for folder in folders])
    skills = judges.skills(photographs, held_out)
    trusted = [name for name, value in skills.items() if value >= params.curation.floor]
    seen, counts = judges.seen(photographs, runs), judges.confusion(photographs, held_out)
    doubtful = doubts.find(photographs, held_out.rows, held_out.probabilities, trusted, seen, photographs.doubted)
    judges.save(draft, folders)
    known = rules_file.read(params.collection, photographs.tasks)
    broken = breaches.find(photographs, known)
    page.write(draft, photographs, doubtful, broken)
    place, pages = output("judge", fold), [edition.file for edition in editions(page.ROOM, page.STEM)]
    record = Record(
        name=f"judge {fold}",
        tags=tags("judge", fold),
        params={"judges": len(runs), **flatten(params.classifier.model_dump(), "classifier.")},
        metrics={
            **{f"skill.{name}": value for name, value in skills.items()},
            "doubts": len(doubtful),
            "breaches": len(broken),
        },
        inputs=[DataInput(str(PREPARED), "judging")],
        confusion={task.name: confusion.table(task.classes, counts[task.name]) for task in photographs.tasks},
        artifacts=[str(place / name) for name in ("doubts.csv", "breaches.csv", *pages)],
    )
    worth = ", ".join(f"{name} {value:.2f}" for name, value in skills.items())
    by_rule = breaches.counted(len(broken), known)
    return Outcome(
        f"{len(runs)} judges; balanced accuracy above chance on objects they had not seen: {worth}; "
        f"{len(doubtful)} labels in doubt{by_rule and f', {by_rule}'} ({page_file(page.STEM, params.report.language)})",
        [record],
    )
