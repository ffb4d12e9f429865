"""The two Optuna studies of a fold: rounds of trials, the play-off, and what MLflow is to know of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from kilnmix.classifier.training.parallel import ParallelTrainer, workers_for
from kilnmix.collection.prepared import Task
from kilnmix.common import digests
from kilnmix.common.paths import PREPARED, output
from kilnmix.common.seeds import derive, rng
from kilnmix.config import Arm, ClassifierSettings
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.live_trials import LiveTrials
from kilnmix.experiment.search import STUDIES, Search
from kilnmix.experiment.space import Space
from kilnmix.experiment.storage import journal_of
from kilnmix.experiment.training import RUNS, training_record
from kilnmix.experiment.trial_runner import Adopted, Trained, TrialRunner
from kilnmix.experiment.trials import Trial
from kilnmix.statistics.selection import Selection
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record
from kilnmix.tracking.trainings import LiveTrainings


@dataclass(frozen=True)
class Searched:
    """What the studies of a fold came to.

    Attributes:
        adopted: study -> what its play-off came to; importances: study -> parameter -> its share.
        space: of the study with synthetic images, whose parameters all trials have.
        told: every trial; tried: a record of each; trials: the complete ones with their trainings; finals: those of the
            play-offs, with theirs.
    """

    adopted: dict[str, Adopted]
    importances: dict[str, dict[str, float]]
    space: Space
    told: list[Trial]
    tried: list[Record]
    trials: list[tuple[Trial, Trained]]
    finals: list[tuple[Trial, Trained]]

    def records(self, inputs: Sequence[DataInput], tasks: Sequence[Task]) -> list[Record]:
        """One a trial, then one a training of the trials and of the play-offs."""
        trainings = [
            training_record("search", run, trial.arm, metrics, inputs, tasks, study=trial.study, **{kind: trial.number})
            for kind, pairs in (("trial", self.trials), ("playoff", self.finals))
            for trial, trained in pairs
            for run, metrics in trained
        ]
        return [*self.tried, *trainings]


def search(builder: ArmBuilder, progress: Callable[[int], object]) -> Searched:
    """Runs both studies of a fold to their end; trials of a search that was broken off are taken up.

    Args:
        progress: told the number of trials that this process has done since it was last told.
    """
    params, settings, recipe = builder.params, builder.params.search, _recipe(builder)
    studies = _studies(builder, recipe)
    watcher = LiveTrainings({study.label: study.name for study in studies})
    with ParallelTrainer(RUNS, params.classifier.runs_at_once, watcher) as trainer:
        runner = TrialRunner(builder, trainer, recipe, params.adapters[0], studies[0].objective)
        progress(sum(len(study.finished) for study in studies))
        try_all(studies, runner, progress)
        again = settings.playoff or settings.seeds
        # From the store, so that a search that was broken off tells of its earlier trials too. What another machine
        # trained is not trained again for that.
        anew = journal_of(settings.storage) is not None
        trained = {study.label: runner.trained(study.finished, settings.seeds, anew) for study in studies}
        adopted = {
            study.label: replace(
                runner.playoff(study.finished, again),
                selection=_selection(study, trained[study.label], runner),
            )
            for study in studies
        }
        for study in studies:
            study.note(adopted[study.label].row)
        importances = {study.label: study.importances() for study in studies}
        trials = [pair for own in trained.values() for pair in own]
        finals = [pair for study in studies for pair in runner.trained(_finalists(study, runner), settings.playoff)]
    told = [trial for study in studies for trial in study.finished]
    tried = [record for study in studies for record in _live(study, builder).records()]
    return Searched(adopted, importances, studies[0].space, told, tried, trials, finals)


def join(builder: ArmBuilder) -> int:
    """Trains trials of a search that another process runs, until there are no more; returns how many."""
    done: list[int] = []
    recipe = _recipe(builder)
    studies = _studies(builder, recipe)
    with ParallelTrainer(RUNS, builder.params.classifier.runs_at_once) as trainer:
        runner = TrialRunner(builder, trainer, recipe, builder.params.adapters[0], studies[0].objective)
        try_all(studies, runner, done.append)
    return sum(done)


def try_all(studies: Sequence[Search], runner: TrialRunner, progress: Callable[[int], object]) -> None:
    """Takes rounds of the studies until all their trials are told."""
    for study in studies:
        score = partial(runner.scores, study.label, study.settings.seeds)
        while done := study.round(_live(study, runner.builder).told(score)):
            progress(len(done))


def _live(study: Search, builder: ArmBuilder) -> LiveTrials:
    return LiveTrials(study, builder.fold, builder.params.adapters[0])


def _recipe(builder: ArmBuilder) -> ClassifierSettings:
    """Of a trial's trainings, shortened if the search says so."""
    params = builder.params
    steps = max(round(params.classifier.steps * params.search.step_share), 1)
    return params.classifier.model_copy(update={"steps": steps})


def _studies(builder: ArmBuilder, recipe: ClassifierSettings) -> list[Search]:
    """Both studies of a fold."""
    params, settings, state = builder.params, builder.params.search, digest(builder)
    example = builder.training("", Arm(), params.adapters[0], 0, recipe, test=False)
    runs = params.classifier.runs_at_once
    return [
        Search(
            name,
            f"{params.experiment.name}-{builder.fold}-{name}-{state}",
            builder.tasks,
            settings,
            derive(params.seed, "search", builder.fold, name),
            params.classifier,
            recipe.steps,
            workers_for([example]) if runs == "auto" else runs,
        )
        for name in STUDIES
    ]


def _selection(study: Search, trained: list[tuple[Trial, Trained]], runner: TrialRunner) -> Selection | None:
    """None where the store lacks a trial that another machine trained: without it the best would be another."""
    whole = len(trained) == sum(trial.state == "complete" for trial in study.finished)
    return runner.selection(trained, rng(study.seed, "selection")) if whole else None


def _finalists(study: Search, runner: TrialRunner) -> list[Trial]:
    finalists = runner.finalists(study.finished)
    return finalists if study.settings.playoff and len(finalists) > 1 else []


def digest(builder: ArmBuilder) -> str:
    """What the trials follow from; a study is only taken up where this is the same."""
    params, adapter = builder.params, builder.params.adapters[0]
    examples = [Arm()]
    share = params.search.space.share
    highest = share[1] if isinstance(share, tuple) else share
    if highest > 0 and len(builder.pools[adapter]):
        examples.append(Arm(source="synthetic", share=highest))
    return digests.of_state(
        # Machines may spell the address of one storage in two ways.
        search=params.search.model_dump(mode="json", exclude={"storage"}),
        classifier=params.classifier.model_dump(mode="json", exclude={"runs_at_once", "device"}),
        seed=(params.seed, builder.fold, params.adapters),
        trainings=[builder.training("", arm, adapter, 0, test=False).digest() for arm in examples],
        pools=[digests.of_file(path) for path in sorted(output("curate", builder.fold).rglob("images.csv"))],
        photographs=digests.of_file(PREPARED / "photographs.csv"),
        code=digests.of_code("kilnmix.experiment.studies"),
        versions=digests.versions("optuna"),
    )[:12]
