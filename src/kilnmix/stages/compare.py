"""compare: the one place where test predictions are opened: verdict, figures and report."""

from __future__ import annotations

import json

from kilnmix.collection import prepared as collection
from kilnmix.common import seeds
from kilnmix.common.files import fresh, replace
from kilnmix.common.paths import PREPARED, REPORTS, output
from kilnmix.common.progress import bar
from kilnmix.config import Params
from kilnmix.config.experiment import OTHERS
from kilnmix.experiment import ledger, predictions
from kilnmix.experiment.arms import counterparts
from kilnmix.experiment.outputs import table
from kilnmix.report import collect as gather
from kilnmix.report import records
from kilnmix.report.inputs import Study
from kilnmix.report.metrics import metrics
from kilnmix.report.page import render
from kilnmix.stages import Outcome
from kilnmix.statistics import verdicts
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, flatten, tags, write

LEDGER = REPORTS / "ledger.csv"


def run(params: Params) -> Outcome:
    with bar(2, "compare", "part") as progress:
        study = read(params)
        progress.update(1)
        page = render(study, params.report.language)
        progress.update(1)
    verdict = study.verdict
    found = metrics(study)
    said = {
        "study": params.experiment.name,
        "profile": params.profile,
        "rendered": study.demo,
        "collection": study.digests.get(str(params.collection.folder)),
        **verdict.to_json(),
    }
    files = {
        "verdict.json": json.dumps(said, ensure_ascii=False, indent=1) + "\n",
        "metrics.json": json.dumps(found, ensure_ascii=False, indent=1) + "\n",
        "classes.csv": records.text(records.classes(study)),
        "report.html": page,
    }
    REPORTS.mkdir(exist_ok=True)
    for name, text in files.items():
        replace(REPORTS / name, text)
    for name, tables in records.plots(study).items():
        with fresh(REPORTS / name) as folder:
            for task, rows in tables.items():
                (folder / f"{task}.csv").write_text(records.text(rows), encoding="utf-8")
    record = Record(
        name="compare",
        tags=tags("compare"),
        params={
            **flatten(params.experiment.model_dump(mode="json"), "experiment."),
            "scope": verdict.scope,
            "looks": study.looks,
        },
        metrics={name: float(value) for name, value in flatten(found).items() if isinstance(value, int | float)},
        inputs=[
            DataInput(str(output(stage, fold)), "testing") for fold in params.folds for stage in ("train", "confirm")
        ],
        artifacts=[str(REPORTS / name) for name in files],
    )
    write(REPORTS, [record])
    return Outcome(f"{_said(verdict)} Open {REPORTS / 'report.html'}", [record])


def read(params: Params) -> Study:
    """The study: test predictions, verdicts, and all that the report shows. The look is entered into the ledger."""
    settings = params.experiment
    photographs = collection.load(PREPARED)
    sources = [(fold, table(stage, fold, "test")) for fold in params.folds for stage in ("train", "confirm")]
    outcomes = tuple(
        predictions.outcomes(
            photographs, predictions.read(sources, photographs, task.name), task.name, settings.min_class_objects
        )
        for task in photographs.tasks
    )
    rules = verdicts.Rules(
        alpha=settings.alpha, power=settings.power, margin=settings.margin, min_objects=settings.min_task_objects
    )
    arms = list(dict.fromkeys(arm for task in outcomes for arm in task.predicted))
    comparisons = verdicts.plan(
        arms, settings.primary, settings.controls, counterparts(params.arms), settings.controls.get(OTHERS)
    )
    verdict = verdicts.compare(outcomes, comparisons, rules, seed=seeds.derive(0, "max-t"))
    return gather.study(params, photographs, verdict, outcomes, _note(params, photographs, outcomes))


def _note(params: Params, photographs: collection.Prepared, outcomes: tuple[predictions.TaskOutcomes, ...]) -> int:
    """Enters this look at the test parts into the ledger."""
    rows = [row for fold in params.folds for row in photographs.members(fold, "test")]
    return ledger.note(LEDGER, ledger.test_digest(photographs.ids[rows]), ledger.answers_digest(outcomes))


def _said(verdict: verdicts.StudyVerdict) -> str:
    """One clause a task: the primary arms' verdicts."""
    clauses = []
    for task in verdict.tasks:
        primary = [arm for arm in task.arms.values() if arm.comparison.primary]
        clauses.append(f"{task.task}: " + ", ".join(f"{arm.comparison.arm} {arm.verdict}" for arm in primary))
    return "; ".join(clauses) + "."
