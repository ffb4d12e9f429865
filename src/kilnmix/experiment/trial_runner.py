"""Settings trained and scored on validation, for a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kilnmix.classifier.results import Metrics, read_metrics
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.config import Arm, ClassifierSettings
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.search import Trial

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
        """The baseline, then the trial of the highest score unless that is the baseline."""
        best = max(trials, key=lambda trial: (trial.score, -trial.number))
        return [trials[0]] if best.number == trials[0].number else [trials[0], best]

    def playoff(self, trials: Sequence[Trial], seeds: Sequence[int]) -> Trial:
        """The baseline (the first trial) or the trial of the highest score, whichever is better over `seeds`.

        The best of many single runs is partly the luckiest; with more seeds it has to beat equal weights again. Without
        seeds the highest score decides.
        """
        finalists = self.finalists(trials)
        best = finalists[-1]
        if not seeds or len(finalists) == 1:
            return best
        scores = self.scores(best.study, seeds, [(trial.number, trial.arm) for trial in finalists])
        return max(zip(scores, finalists, strict=True), key=lambda pair: (pair[0], -pair[1].number))[1]


def mean_score(trained: Trained) -> float:
    """Mean of the best validation scores of one setting's trainings."""
    scores = [metrics.best.score for _, metrics in trained if metrics.best]
    return sum(scores) / len(scores)
