"""Settings trained and scored on validation, for a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from kilnmix.classifier.results import Metrics, read_metrics, read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import ParallelTrainer
from kilnmix.config import Arm, ClassifierSettings
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.predictions import outcomes_of
from kilnmix.experiment.search import Scored, Trial
from kilnmix.statistics.paired import Paired, difference

Trained = list[tuple[TrainingRun, Metrics]]
"""The trainings of one setting, one a seed."""


@dataclass(frozen=True)
class Adopted:
    """What the play-off of a study came to.

    Attributes:
        trial: what is adopted: the best trial, or `real`'s recipe.
        best: the trial of the highest score; margin: how far it was ahead of `real` in the play-off, None where it is
            `real` itself.
    """

    trial: Trial
    best: Trial
    margin: Paired | None

    @property
    def row(self) -> dict[str, object]:
        """For tables: the best trial, whether it was adopted, its difference to `real` and that one's standard error,
        as fractions."""
        return {
            "study": self.best.study,
            "best": self.best.number,
            "adopted": "real" if self.trial.arm != self.best.arm or self.margin is None else "best",
            "difference": "" if self.margin is None else round(self.margin.delta, 6),
            "standard_error": "" if self.margin is None else round(self.margin.se, 6),
        }


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

    def scores(self, study: str, seeds: Sequence[int], trials: Sequence[tuple[int, Arm]]) -> list[Scored]:
        """Means over the seeds of what validation gave, for each of (number, arm)."""
        return [scored(group) for group in self.train(study, [arm for _, arm in trials], seeds)]

    @staticmethod
    def finalists(trials: Sequence[Trial]) -> list[Trial]:
        """`real`'s own recipe, then the trial of the highest score unless that is `real`'s.

        The first trial is the baseline: equal weights and the usual augmentation. `real` is that without extra images.
        """
        best = max(trials, key=lambda trial: (trial.score, -trial.number))
        plain = Arm(task_weights=trials[0].arm.task_weights, classifier=trials[0].arm.classifier)
        tried = [trial for trial in trials if trial.arm == plain]
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
        folders = {name: [self.trainer.store / run.digest() for run, _ in group] for name, group in groups.items()}
        answers = {
            name: [read_predictions(folder / "validation.npz") for folder in own] for name, own in folders.items()
        }
        return scored(groups["real"]).score, difference(
            [outcomes_of(self.builder.photographs, answers)], "best", "real"
        )


def scored(trained: Trained) -> Scored:
    """Means over the trainings of one setting, which looked at validation at the same steps."""
    best = [metrics.best for _, metrics in trained if metrics.best]
    looks: dict[int, list[float]] = {}
    for _, metrics in trained:
        for look in metrics.curve:
            looks.setdefault(look.step, []).append(look.score)
    return Scored(
        fmean(each.score for each in best),
        {task: fmean(each.f1[task] for each in best) for task in best[0].f1},
        [(step, fmean(values)) for step, values in sorted(looks.items())],
    )
