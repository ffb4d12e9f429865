"""search: Optuna on validation alone, with synthetic images and, at the same budget, without."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path

from kilnmix.classifier.training.parallel import Crew
from kilnmix.collection import allocation
from kilnmix.common.files import fresh
from kilnmix.common.paths import PREPARED, STATE, output
from kilnmix.common.progress import bar
from kilnmix.common.seeds import derive
from kilnmix.config import Arm, Params
from kilnmix.experiment import mixing, search
from kilnmix.experiment import trial_runner as trials
from kilnmix.experiment.outputs import ARMS
from kilnmix.experiment.search import STUDIES, Search, Trial, write_trials
from kilnmix.experiment.trial_runner import Tryout
from kilnmix.stages import Outcome
from kilnmix.stages.train import bench, training_record
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record, flatten, tags, write


def run(params: Params, fold: int) -> Outcome:
    settings = params.search
    ready = bench(params, fold)
    adapter = params.adapters[0]
    steps = max(round(params.classifier.steps * settings.steps), 1)
    recipe = params.classifier.model_copy(update={"steps": steps})
    inputs = [DataInput(str(PREPARED), "training"), DataInput(str(output("curate", fold, adapter)), "mixing")]
    digest = _digest(params, fold)
    studies = [
        Search(
            name,
            f"{params.experiment.name}-{fold}-{name}-{digest}",
            ready.tasks,
            settings,
            _seed(params, fold, name),
            params.classifier,
        )
        for name in STUDIES
    ]
    with Crew(STATE / "runs", params.classifier.runs_at_once) as crew:
        tryout = Tryout(ready, crew, recipe, adapter)
        with bar(2 * settings.trials, f"search fold {fold}", "trial") as progress:
            progress.update(sum(len(study.finished) for study in studies))
            for study in studies:
                while done := study.round(partial(tryout.scores, study.label, settings.seeds)):
                    progress.update(len(done))
        best = {study.label: tryout.playoff(study.finished, settings.playoff) for study in studies}
        # From the store, so that a search that was broken off tells of its earlier trials too.
        records = [
            training_record("search", run, trial.arm, metrics, inputs, study=study.label, trial=trial.number)
            for study in studies
            for trial, group in zip(
                study.finished,
                tryout.train(study.label, [trial.arm for trial in study.finished], settings.seeds),
                strict=True,
            )
            for run, metrics in group
        ]
        records += [
            training_record("search", run, trial.arm, metrics, inputs, study=study.label, playoff=trial.number)
            for study in studies
            for finalists in [tryout.finalists(study.finished) if settings.playoff else []]
            if len(finalists) > 1
            for trial, group in zip(
                finalists,
                tryout.train(study.label, [trial.arm for trial in finalists], settings.playoff),
                strict=True,
            )
            for run, metrics in group
        ]

    tried = [trial for study in studies for trial in study.finished]
    whole = Record(
        name=f"search {fold}",
        tags=tags("search", fold),
        params=flatten(settings.model_dump(mode="json"), "search."),
        metrics={f"best.{name}": trial.score for name, trial in best.items()},
        curves={f"score.{study.label}": [(trial.number, trial.score) for trial in study.finished] for study in studies},
        inputs=inputs,
        artifacts=[f"{output('search', fold)}/trials.csv"],
    )
    with fresh(output("search", fold)) as folder:
        found = {name: trial.arm.model_dump(mode="json") for name, trial in best.items()}
        (folder / ARMS).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        write_trials(folder / "trials.csv", ready.tasks, tried)
        write(folder, [whole, *records])
    return Outcome(f"{len(tried)} trials; {_said(best['searched'])}", [whole, *records])


def _seed(params: Params, fold: int, study: str) -> int:
    return derive(params.seed, "search", fold, study)


def _digest(params: Params, fold: int) -> str:
    """What the trials follow from; a study is only taken up where this is the same."""
    summary = hashlib.sha256(params.search.model_dump_json().encode())
    summary.update(params.classifier.model_dump_json(exclude={"runs_at_once", "device"}).encode())
    summary.update(f"{params.seed} {fold} {params.adapters}".encode())
    ready, adapter = bench(params, fold), params.adapters[0]
    examples = [Arm()]
    if params.search.max_share > 0 and len(ready.pools[adapter]):
        examples.append(Arm(source="synthetic", share=params.search.max_share))
    for arm in examples:
        summary.update(ready.training("", arm, adapter, 0, test=False).digest().encode())
    for path in sorted(output("curate", fold).rglob("images.csv")):
        summary.update(path.read_bytes())
    for module in (search, trials, mixing, allocation):
        summary.update(Path(str(module.__file__)).read_bytes())
    return summary.hexdigest()[:12]


def _said(best: Trial) -> str:
    share = best.arm.share if isinstance(best.arm.share, dict) else {}
    if not any(share.values()):
        return f"validation is best without synthetic images ({best.score:.3f})"
    return f"best shares {', '.join(f'{task} {value:.0%}' for task, value in share.items())} ({best.score:.3f})"
