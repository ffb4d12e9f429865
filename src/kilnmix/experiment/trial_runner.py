"""Settings trained and scored on validation, for a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from kilnmix.classifier.results import Metrics, read_metrics, read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.config import Arm, ClassifierSettings
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.predictions import outcomes_of
from kilnmix.experiment.race import Race
from kilnmix.experiment.trials import Asked, Objective, Scored, Trial
from kilnmix.statistics.paired import Paired, difference
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.selection import Selection, crossed

Trained = list[tuple[TrainingRun, Metrics]]
"""The trainings of one setting, one a seed."""


@dataclass(frozen=True)
class Adopted:
    """What the play-off of a study came to.

    Attributes:
        trial: what is adopted: the best trial, or `real`'s recipe.
        best: the trial of the highest score; margin: how far it was ahead of `real` in the play-off, None where it is
            `real` itself.
        selection: how much of its lead among the trials is selection, where `real` was among them.
    """

    trial: Trial
    best: Trial
    margin: Paired | None
    selection: Selection | None = None

    @property
    def row(self) -> dict[str, object]:
        """For tables: the best trial, whether it was adopted, its difference to `real`, that one's standard error and
        the ends of its 95 % interval (empty after one training each), its lead among the trials and what
        cross-validation leaves of it; as fractions.
        """
        interval = None if self.margin is None else self.margin.interval()
        low, high = ("", "") if interval is None else (round(end, 6) for end in interval)
        return {
            "study": self.best.study,
            "best": self.best.number,
            "adopted": "real" if self.trial.arm != self.best.arm or self.margin is None else "best",
            "difference": "" if self.margin is None else round(self.margin.delta, 6),
            "standard_error": "" if self.margin is None else round(self.margin.se, 6),
            "low": low,
            "high": high,
            "lead": "" if self.selection is None else round(self.selection.lead, 6),
            "crossed": "" if self.selection is None else round(self.selection.crossed, 6),
        }


@dataclass(frozen=True)
class TrialRunner:
    """Trains arms for a search: with seeds of their own, so that what is chosen owes nothing to the luck of the runs
    that later confirm it, and without looking at the test part.

    Attributes:
        recipe: the classifier's settings, shortened if the search says so.
        adapter: whose pool the trials mix in.
        objective: what a score is.
    """

    builder: ArmBuilder
    trainer: ParallelTrainer
    recipe: ClassifierSettings
    adapter: int
    objective: Objective

    def training(self, study: str, arm: Arm, seed: int) -> TrainingRun:
        """One training of an arm, which predicts no test part."""
        return self.builder.training(study, arm, self.adapter, seed, self.recipe, test=False, purpose="search")

    def _of_trial(self, study: str, asked: Asked, seed: int) -> TrainingRun:
        """The same, which says what trial it belongs to."""
        run = self.training(study, asked.arm, seed)
        return replace(run, tags={**run.tags, "study": study, "trial": str(asked.number)})

    def train(self, study: str, arms: Sequence[Arm], seeds: Sequence[int]) -> list[Trained]:
        """For each arm its trainings; what was trained before is reused."""
        runs = [[self.training(study, arm, seed) for seed in seeds] for arm in arms]
        label = f"{study} fold {self.builder.fold}"
        folders = self.trainer.train([each for group in runs for each in group], label=label)
        return [[(each, read_metrics(folders[each.digest()] / "metrics.json")) for each in group] for group in runs]

    def trained(self, trials: Sequence[Trial], seeds: Sequence[int], anew: bool = True) -> list[tuple[Trial, Trained]]:
        """Complete trials of one study, each with its trainings.

        Args:
            anew: train again what the store has lost; else such trials are left out.
        """
        done = [trial for trial in trials if trial.state == "complete"]
        if not anew:
            done = [trial for trial in done if self._stored(trial, seeds)]
        if not done:
            return []
        return list(zip(done, self.train(done[0].study, [trial.arm for trial in done], seeds), strict=True))

    def _stored(self, trial: Trial, seeds: Sequence[int]) -> bool:
        runs = (self.training(trial.study, trial.arm, seed) for seed in seeds)
        return all((self.trainer.store / run.digest()).is_dir() for run in runs)

    def scores(self, study: str, seeds: Sequence[int], asked: Sequence[Asked]) -> list[Scored]:
        """What validation gives trials that are trained with one seed after the other, until they are told to stop."""
        races = [Race(each, self.recipe, self.objective) for each in asked]
        for seed in seeds:
            going = [race for race in races if not race.stopped]
            runs = [self._of_trial(study, race.asked, seed) for race in going]
            racing: dict[str, list[Race]] = {}
            for run, race in zip(runs, going, strict=True):
                racing.setdefault(run.digest(), []).append(race)

            def stop(
                run: TrainingRun, step: int, figures: Mapping[str, float], racing: dict[str, list[Race]] = racing
            ) -> bool:
                # Equal settings make equal trainings, and all of them hear of it.
                heard = [race.hears(step, figures) for race in racing[run.digest()]]
                return all(heard)

            label = f"{study} fold {self.builder.fold}"
            folders = self.trainer.train(runs, label=label, stop=stop) if runs else {}
            for digest, folder in folders.items():
                metrics = read_metrics(folder / "metrics.json")
                for race in racing[digest]:
                    race.ended(metrics)
        return [race.scored for race in races]

    @staticmethod
    def finalists(trials: Sequence[Trial]) -> list[Trial]:
        """`real`'s own recipe, then the trial of the highest score unless that is `real`'s.

        The first trial is the baseline: equal weights and the usual augmentation. `real` is that without extra images.
        """
        done = [trial for trial in trials if trial.state == "complete"]
        best = max(done, key=lambda trial: (trial.score, -trial.number))
        plain = TrialRunner._plain(trials[0])
        tried = [trial for trial in done if trial.arm == plain]
        real = tried[0] if tried else Trial(trials[0].study, len(trials), plain, 0.0)
        return [real] if best.arm == plain else [real, best]

    def playoff(self, trials: Sequence[Trial], seeds: Sequence[int]) -> Adopted:
        """The trial of the highest score where it beats `real`'s recipe by more than one standard error of their paired
        difference, over `seeds`; else `real`'s recipe.

        The best of many single runs is partly the luckiest, so it is trained again with seeds of the play-off's own.
        """
        finalists = self.finalists(trials)
        if len(finalists) == 1:
            return Adopted(finalists[0], finalists[0], None)
        real, best = finalists
        score, margin = self.against(real, best, seeds)
        return Adopted(best if margin.beats else replace(real, score=score), best, margin)

    def against(self, real: Trial, best: Trial, seeds: Sequence[int]) -> tuple[float, Paired]:
        """`real`'s validation score over `seeds`, and the difference of the best trial to it."""
        arms = {"real": real.arm, "best": best.arm}
        groups = dict(zip(arms, self.train(best.study, list(arms.values()), seeds), strict=True))
        score = fmean(self.objective.score(metrics.best.f1) for _, metrics in groups["real"] if metrics.best)
        return score, difference([self._outcomes(groups)], "best", "real")

    def selection(self, trained: Sequence[tuple[Trial, Trained]], rng: np.random.Generator) -> Selection | None:
        """How much of the best trial's lead over `real` is selection; None where `real`'s recipe is no complete trial,
        or nothing was tried beside it."""
        if not trained:
            return None
        plain = self._plain(trained[0][0])
        groups = {str(trial.number): own for trial, own in trained}
        real = next((str(trial.number) for trial, _ in trained if trial.arm == plain), None)
        if real is None or len(groups) < 2:
            return None
        return crossed(self._outcomes(groups), list(groups), real, rng)

    def _outcomes(self, groups: Mapping[str, Trained]) -> list[TaskOutcomes]:
        """Of the objective's tasks: what the trainings of some settings answered on validation."""
        answers = {
            name: [read_predictions(self.trainer.store / run.digest() / "validation.npz") for run, _ in own]
            for name, own in groups.items()
        }
        outcomes = outcomes_of(self.builder.photographs, answers)
        return [task for task in outcomes if task.task in self.objective.tasks]

    @staticmethod
    def _plain(first: Trial) -> Arm:
        """`real`'s recipe: the baseline that a study begins with, without extra images."""
        return Arm(task_weights=first.arm.task_weights, classifier=first.arm.classifier)
