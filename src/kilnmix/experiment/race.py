"""One trial on its way: what its trainings tell, look by look, and whether it is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from kilnmix.classifier.results import Metrics
from kilnmix.config import ClassifierSettings
from kilnmix.experiment.trials import Asked, Objective, Scored

_F1 = "validation.f1."


class Race:
    """A trial whose seeds are trained one after the other.

    Every look of the first seed is reported at its step; a further seed is reported once, when it has ended, as the
    mean over the seeds so far.

    Args:
        asked: the trial.
        recipe: of its trainings; the steps and the first look are read.

    Attributes:
        stopped: whether the trial was told to stop.
    """

    def __init__(self, asked: Asked, recipe: ClassifierSettings, objective: Objective) -> None:
        self.asked, self.stopped = asked, False
        self._steps, self._objective = recipe.steps, objective
        self._first = round(recipe.steps / recipe.evaluations)
        self._heard: set[int] = set()
        self._last: Scored | None = None
        self._ended: list[Scored] = []

    def hears(self, step: int, figures: Mapping[str, float]) -> bool:
        """Is told of new figures of a training that is under way; returns whether the trial is stopped.

        A training that goes on from an earlier process's state does not tell its earlier looks again, and then nothing
        is decided before it ends.
        """
        f1 = {name.removeprefix(_F1): value for name, value in figures.items() if name.startswith(_F1)}
        if f1 and not self._ended and (self._heard or step == self._first):
            self._look(step, f1)
        return self.stopped

    def ended(self, metrics: Metrics) -> None:
        """Is told of a whole training, whose looks it may have heard of."""
        if not self._ended:
            for look in metrics.curve:
                self._look(look.step, look.f1)
        if self.stopped and not self._whole():
            return  # it had ended before it heard that it was to stop
        assert metrics.best is not None, "a search has a validation part"
        self._ended.append(Scored(self._objective.score(metrics.best.f1), metrics.best.f1))
        if len(self._ended) > 1:
            self.stopped = self.asked.report(len(self._ended) * self._steps, self.scored.score)

    def _whole(self) -> bool:
        return self._steps in self._heard

    def _look(self, step: int, f1: Mapping[str, float]) -> None:
        if self.stopped or step in self._heard:
            return
        self._heard.add(step)
        self._last = Scored(self._objective.score(f1), f1, seeds=0)
        self.stopped = self.asked.report(step, self._last.score)

    @property
    def scored(self) -> Scored:
        """Means over the seeds that have ended; of a trial without one, its last look."""
        if not self._ended:
            assert self._last is not None
            return Scored(self._last.score, self._last.f1, 0, self.stopped)
        tasks = self._ended[0].f1
        return Scored(
            fmean(each.score for each in self._ended),
            {task: fmean(each.f1[task] for each in self._ended) for task in tasks},
            len(self._ended),
            self.stopped,
        )
