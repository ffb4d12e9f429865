"""Trials of a search as runs of MLflow: alive while they are trained, and as records when the search has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kilnmix.common.paths import Fold
from kilnmix.config import Arm
from kilnmix.experiment.search import Score, Search
from kilnmix.experiment.space import columns
from kilnmix.experiment.trials import Asked, Scored, State, Trial
from kilnmix.tracking import live
from kilnmix.tracking.records import STATE, STORED, Record, tags, trial_key

LOOK = "validation.score"
"""The metric of a trial's looks at validation, as trainings have it."""
_ENDED: dict[State, str] = {"complete": "COMPLETE", "pruned": "PRUNED"}
_FAILED = "FAIL"


@dataclass(frozen=True)
class LiveTrials:
    """What MLflow hears of one study's trials.

    Attributes:
        fold, adapter: of the trials' trainings.
    """

    study: Search
    fold: Fold
    adapter: int

    def told(self, score: Score) -> Score:
        """The same function, which tells the stage's journal when each trial begins, what every look gave, and how the
        trial ended."""

        def scored(asked: Sequence[Asked]) -> Sequence[Scored]:
            telling = live.current()
            for each in asked:
                own = self._tags(each.number)
                telling.begin(self._key(each.number), own, level="trial", params=self._params(each.arm))
            try:
                results = score([replace(each, report=self._heard(each)) for each in asked])
            except BaseException:
                for each in asked:
                    telling.end(self._key(each.number), "FAILED", {STATE: _FAILED})
                raise
            for each, result in zip(asked, results, strict=True):
                state = _ENDED["pruned" if result.pruned else "complete"]
                telling.end(self._key(each.number), "KILLED" if result.pruned else "FINISHED", {STATE: state})
            return results

        return scored

    def records(self) -> list[Record]:
        """One a trial that the study has been told."""
        return [self._record(trial) for trial in self.study.finished]

    def _record(self, trial: Trial) -> Record:
        done = trial.state == "complete"
        scores = {"best.score": trial.score, **{f"best.f1.{task}": f1 for task, f1 in trial.f1.items()}}
        return Record(
            name=f"{trial.study} {self.fold} trial {trial.number}",
            tags=tags("search", **self._tags(trial.number), **{STATE: _ENDED[trial.state]}),  # type: ignore[arg-type]
            params=self._params(trial.arm),
            metrics={"seeds": float(trial.seeds), **(scores if done else {})},
            curves={LOOK: list(trial.looks.items())},
        )

    def _key(self, number: int) -> str:
        return trial_key(self.study.name, number)

    def _tags(self, number: int) -> dict[str, str]:
        label = self.study.label
        own = {"fold": self.fold, "adapter": self.adapter, "arm": label, "study": label, "trial": number}
        return {name: str(value) for name, value in own.items()}

    def _params(self, arm: Arm) -> dict[str, object]:
        return {**columns(self.study.space, [arm])[0], "source": arm.source, STORED: self.study.name}

    def _heard(self, asked: Asked) -> Callable[[int, float], bool]:
        def report(step: int, value: float) -> bool:
            live.current().points({LOOK: value}, step, self._key(asked.number))
            return asked.report(step, value)

        return report
