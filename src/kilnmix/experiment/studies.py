"""The two Optuna studies of a fold: rounds of trials, the play-off, and what MLflow is to know of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.collection.prepared import Task
from kilnmix.common import digests
from kilnmix.common.paths import PREPARED, output
from kilnmix.common.seeds import derive
from kilnmix.config import Arm
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.search import STUDIES, Search
from kilnmix.experiment.space import Space
from kilnmix.experiment.training import RUNS, training_record
from kilnmix.experiment.trial_runner import Adopted, Trained, TrialRunner
from kilnmix.experiment.trials import Trial
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record
from kilnmix.tracking.trainings import LiveTrainings


@dataclass(frozen=True)
class Searched:
    """What the studies of a fold came to.

    Attributes:
        adopted: study -> what its play-off came to; importances: study -> parameter -> its share.
        space: of the study with synthetic images, whose parameters all trials have.
        told: every trial; trials: the complete ones with their trainings; finals: those of the play-offs, with theirs.
    """

    adopted: dict[str, Adopted]
    importances: dict[str, dict[str, float]]
    space: Space
    told: list[Trial]
    trials: list[tuple[Trial, Trained]]
    finals: list[tuple[Trial, Trained]]

    def records(self, inputs: Sequence[DataInput], tasks: Sequence[Task]) -> list[Record]:
        """One a training of the trials and of the play-offs."""
        return [
            training_record("search", run, trial.arm, metrics, inputs, tasks, study=trial.study, **{kind: trial.number})
            for kind, pairs in (("trial", self.trials), ("playoff", self.finals))
            for trial, trained in pairs
            for run, metrics in trained
        ]


def search(builder: ArmBuilder, progress: Callable[[int], object]) -> Searched:
    """Runs both studies of a fold to their end; trials of a search that was broken off are taken up.

    Args:
        progress: told the number of trials done since it was last told.
    """
    params, settings = builder.params, builder.params.search
    state = digest(builder)
    steps = max(round(params.classifier.steps * settings.step_share), 1)
    recipe = params.classifier.model_copy(update={"steps": steps})
    studies = [
        Search(
            name,
            f"{params.experiment.name}-{builder.fold}-{name}-{state}",
            builder.tasks,
            settings,
            derive(params.seed, "search", builder.fold, name),
            params.classifier,
            steps,
        )
        for name in STUDIES
    ]
    with ParallelTrainer(RUNS, params.classifier.runs_at_once, LiveTrainings()) as trainer:
        runner = TrialRunner(builder, trainer, recipe, params.adapters[0], studies[0].objective)
        progress(sum(len(study.finished) for study in studies))
        for study in studies:
            while done := study.round(partial(runner.scores, study.label, settings.seeds)):
                progress(len(done))
        again = settings.playoff or settings.seeds
        adopted = {study.label: runner.playoff(study.finished, again) for study in studies}
        for study in studies:
            study.note(adopted[study.label].row)
        importances = {study.label: study.importances() for study in studies}
        # From the store, so that a search that was broken off tells of its earlier trials too.
        trials = [pair for study in studies for pair in runner.trained(study.finished, settings.seeds)]
        finals = [pair for study in studies for pair in runner.trained(_finalists(study, runner), settings.playoff)]
    told = [trial for study in studies for trial in study.finished]
    return Searched(adopted, importances, studies[0].space, told, trials, finals)


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
        search=params.search.model_dump(mode="json"),
        classifier=params.classifier.model_dump(mode="json", exclude={"runs_at_once", "device"}),
        seed=(params.seed, builder.fold, params.adapters),
        trainings=[builder.training("", arm, adapter, 0, test=False).digest() for arm in examples],
        pools=[digests.of_file(path) for path in sorted(output("curate", builder.fold).rglob("images.csv"))],
        photographs=digests.of_file(PREPARED / "photographs.csv"),
        code=digests.of_code("kilnmix.experiment.studies"),
        versions=digests.versions("optuna"),
    )[:12]
