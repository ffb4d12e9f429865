"""What a search tries and what validation gave it: values that pass between studies, trainings and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from kilnmix.common.errors import UserError
from kilnmix.config import Arm

MEAN = "mean"
"""The setting `search.objective` for all tasks together."""
State = Literal["complete", "pruned"]


@dataclass(frozen=True)
class Scored:
    """What validation gave a trial.

    Attributes:
        score: what the search maximises, of the kept weights: a mean over tasks of macro-F1, and over seeds. Of a
            trial that was stopped before the end of its first training, that of its last look.
        f1: task -> its macro-F1.
        seeds: how many whole trainings these are means of.
        pruned: whether it was stopped.
    """

    score: float
    f1: Mapping[str, float] = field(default_factory=dict)
    seeds: int = 1
    pruned: bool = False


@dataclass(frozen=True)
class Trial:
    """One setting tried.

    Attributes:
        number: its place in the study. Attempts that were killed are not counted.
        arm: the setting.
        score, f1, seeds: as in `Scored`.
        state: `pruned` where it was stopped before all its steps and seeds.
        looks: step -> what validation gave there, the steps counted on over the seeds.
    """

    study: str
    number: int
    arm: Arm
    score: float
    f1: Mapping[str, float] = field(default_factory=dict)
    seeds: int = 1
    state: State = "complete"
    looks: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A trial that is to be scored.

    Attributes:
        report: is told a score at a step, each step once and in order; the steps of a further seed are counted on from
            those of the seeds before. True: the trial is to be stopped there.
    """

    number: int
    arm: Arm
    report: Callable[[int, float], bool]


@dataclass(frozen=True)
class Objective:
    """What a search maximises: the mean over all tasks, one task, or several tasks as objectives of their own.

    Attributes:
        tasks: whose macro-F1 it is; all where `setting` is `mean`.
        several: whether each task is an objective of its own.
    """

    tasks: tuple[str, ...]
    several: bool = False

    @classmethod
    def of(cls, setting: str | Sequence[str], tasks: Sequence[str]) -> Objective:
        """The objective of `search.objective` for a collection's tasks.

        Raises:
            UserError: the collection has no such task.
        """
        if setting == MEAN:
            return cls(tuple(tasks))
        named = (setting,) if isinstance(setting, str) else tuple(setting)
        unknown = [task for task in named if task not in tasks]
        if unknown:
            raise UserError(
                f"search.objective names {', '.join(unknown)}, which is no task of the collection: its tasks are "
                f"{', '.join(tasks)}. Use `mean`, one of these, or a list of them."
            )
        return cls(named, several=not isinstance(setting, str) and len(named) > 1)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each objective is of: a task, or `mean`."""
        return self.tasks if self.several or len(self.tasks) == 1 else (MEAN,)

    def score(self, f1: Mapping[str, float]) -> float:
        """Mean macro-F1 over the objective's tasks, a task without a label in validation left out.

        Raises:
            UserError: none of them has a label in validation.
        """
        known = [f1[task] for task in self.tasks if task in f1]
        if not known:
            raise UserError(
                f"No photograph of the validation part has a label for {', '.join(self.tasks)}, so search.objective "
                "cannot be scored. Use `kilnmix compose search.objective=mean`."
            )
        return fmean(known)

    def values(self, scored: Scored) -> list[float]:
        """What the study is told: one value an objective."""
        return [scored.f1.get(task, 0.0) for task in self.tasks] if self.several else [scored.score]


def front(trials: Sequence[Trial], tasks: Sequence[str]) -> set[int]:
    """Numbers of the complete trials that no other complete trial dominates: at least as good in every task and better
    in one (the Pareto front)."""
    done = [trial for trial in trials if trial.state == "complete"]

    def values(trial: Trial) -> list[float]:
        return [trial.f1.get(task, 0.0) for task in tasks]

    def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
        return one != other and all(a >= b for a, b in zip(one, other, strict=True))

    return {trial.number for trial in done if not any(dominates(values(other), values(trial)) for other in done)}
