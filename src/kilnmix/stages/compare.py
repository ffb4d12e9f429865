"""compare: the one stage that opens test predictions: verdict, figures and report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kilnmix.common.nested import flatten
from kilnmix.common.paths import REPORTS
from kilnmix.common.progress import bar
from kilnmix.config import Params
from kilnmix.experiment.arms import changed
from kilnmix.experiment.comparison import compare
from kilnmix.experiment.outputs import trainings
from kilnmix.report import records
from kilnmix.report.collect.report_inputs import report_inputs
from kilnmix.report.context import ReportContext
from kilnmix.report.metrics import headline, metrics
from kilnmix.report.page.render import render
from kilnmix.report.sentences import summary
from kilnmix.stages import Outcome
from kilnmix.statistics.verdicts import StudyVerdict
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, tags


def run(params: Params, draft: Path) -> Outcome:
    with bar(2, "compare", "part") as progress:
        comparison = compare(params)
        study = report_inputs(params, comparison)
        context = ReportContext.of(study, params.report.language)
        progress.update(1)
        page = render(context)
        progress.update(1)
    verdict, figures = comparison.verdict, metrics(study)
    about = {
        "study": params.experiment.name,
        "profile": params.profile,
        "rendered": study.demo,
        "collection": study.digests.get(str(params.collection.folder)),
    }
    looks = {} if comparison.sequential is None else {"looks": comparison.sequential.to_json()}
    files = {
        "verdict.json": json.dumps({**about, **verdict.to_json(), **looks}, ensure_ascii=False, indent=1) + "\n",
        "metrics.json": json.dumps(headline(study), ensure_ascii=False, indent=1) + "\n",
        "classes.csv": records.text(records.classes(context)),
        "report.html": page,
        summary.FILE: summary.text(context),
    }
    for name, text in files.items():
        (draft / name).write_text(text, encoding="utf-8")
    for name, tables in records.plots(study).items():
        (draft / name).mkdir()
        for task, rows in tables.items():
            (draft / name / f"{task}.csv").write_text(records.text(rows), encoding="utf-8")
    record = Record(
        name="compare",
        tags=tags("compare"),
        params={**noted(params), "scope": verdict.scope, "looks": comparison.looks},
        metrics={name: float(value) for name, value in figures.items() if isinstance(value, int | float)},
        inputs=[DataInput(str(path), "testing") for fold in params.folds for path in trainings(params, fold)],
        artifacts=[str(REPORTS / name) for name in files],
    )
    return Outcome(f"{_sentence(verdict)} Open {REPORTS / 'report.html'}", [record])


def noted(params: Params) -> dict[str, Any]:
    """The settings that the verdict rests on, by their full names; of arms what sets them apart."""
    arms = {name: changed(arm) for name, arm in params.arms.items()}
    experiment = params.experiment.model_dump(mode="json")
    return {"seed": params.seed, **flatten(experiment, "experiment."), **flatten(arms, "arms.")}


def _sentence(verdict: StudyVerdict) -> str:
    """A clause a task: the primary arms' verdicts."""
    clauses = []
    for task in verdict.tasks:
        primary = [arm for arm in task.arms.values() if arm.comparison.primary]
        clauses.append(f"{task.task}: " + ", ".join(f"{arm.comparison.arm} {arm.verdict}" for arm in primary))
    return "; ".join(clauses) + "."
