"""Settings trained and scored on validation, for a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kilnmix.classifier.results import Metrics, read_metrics, read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.config import Arm, ClassifierSettings
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.predictions import outcomes_of
from kilnmix.experiment.search import Trial
from kilnmix.statistics.paired import Paired, difference

Trained = list[tuple[TrainingRun, Metrics]]
"""The trainings of one setting, one a seed."""


@dataclass(frozen=True)
class TrialRunner:
    """Trains arms for a search: with seeds of their own, so that what is chosen owes nothing to the luck of the runs
    that later confirm it, and without looking at the test part.

    Attributes:
        recipe: the classifier's settings, shortened if the search says so.
        adapter: whose pool the trials mix in.
    """

    builder: ArmBuilder
    trainer: ParallelTrainer
    recipe: ClassifierSettings
    adapter: int

    def train(self, study: str, arms: Sequence[Arm], seeds: Sequence[int]) -> list[Trained]:
        """For each arm its trainings; what was trained before is reused."""
        runs = [
            [
                self.builder.training(study, arm, self.adapter, seed, self.recipe, test=False, purpose="search")
                for seed in seeds
            ]
            for arm in arms
        ]
        label = f"{study} fold {self.builder.fold}"
        folders = self.trainer.train([each for group in runs for each in group], label=label)
        return [[(each, read_metrics(folders[each.digest()] / "metrics.json")) for each in group] for group in runs]

    def trained(self, trials: Sequence[Trial], seeds: Sequence[int]) -> list[tuple[Trial, Trained]]:
        """Finished trials of one study, each with its trainings."""
        if not trials:
            return []
        return list(zip(trials, self.train(trials[0].study, [trial.arm for trial in trials], seeds), strict=True))

    def scores(self, study: str, seeds: Sequence[int], trials: Sequence[tuple[int, Arm]]) -> list[float]:
        """Mean over the seeds of the best validation score, for each of (number, arm)."""
        return [mean_score(group) for group in self.train(study, [arm for _, arm in trials], seeds)]

    @staticmethod
    def finalists(trials: Sequence[Trial]) -> list[Trial]:
        """`real`'s own recipe, then the trial of the highest score unless that is `real`'s.

        The first trial is the baseline: equal weights and the usual augmentation. `real` is that without extra images.
        """
        best = max(trials, key=lambda trial: (trial.score, -trial.number))
        plain = trials[0].arm.model_copy(update={"source": "none", "share": 0.0})
        real = trials[0] if trials[0].arm == plain else Trial(trials[0].study, len(trials), plain, 0.0)
        return [real] if best.arm == plain else [real, best]

    def playoff(self, trials: Sequence[Trial], seeds: Sequence[int]) -> Trial:
        """The trial of the highest score where it beats `real`'s recipe by more than one standard error of their paired
        difference, over `seeds`; else `real`'s recipe.

        The best of many single runs is partly the luckiest, so it is trained again with seeds of the play-off's own.
        """
        finalists = self.finalists(trials)
        if len(finalists) == 1:
            return finalists[-1]
        real, best = finalists
        score, margin = self.against(real, best, seeds)
        return best if margin.beats else replace(real, score=score)

    def against(self, real: Trial, best: Trial, seeds: Sequence[int]) -> tuple[float, Paired]:
        """`real`'s validation score over `seeds`, and the difference of the best trial to it."""
        arms = {"real": real.arm, "best": best.arm}
        groups = dict(zip(arms, self.train(best.study, list(arms.values()), seeds), strict=True))
        folders = {name: [self.trainer.store / run.digest() for run, _ in group] for name, group in groups.items()}
        answers = {
            name: [read_predictions(folder / "validation.npz") for folder in own] for name, own in folders.items()
        }
        return mean_score(groups["real"]), difference([outcomes_of(self.builder.photographs, answers)], "best", "real")


def mean_score(trained: Trained) -> float:
    """Mean of the best validation scores of one setting's trainings."""
    scores = [metrics.best.score for _, metrics in trained if metrics.best]
    return sum(scores) / len(scores)
