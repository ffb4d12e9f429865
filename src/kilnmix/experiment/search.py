"""Optuna studies over shares of synthetic images and loss weights, read on validation alone.

Two studies with one budget: `searched` may mix in synthetic images, each task at a share of its own; `real-searched`
may not. Where the settings say so both tune the classical augmentation as well, so that what synthetic images add is
held against tuned augmentation. Trials are asked for in rounds and told in their order once the whole round has ended,
and the sampler's seed follows from the round, so neither the number of workers nor a stop in between changes what is
tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from kilnmix.common.errors import UserError
from kilnmix.common.seeds import derive
from kilnmix.config import Arm, ClassifierSettings, SearchSettings
from kilnmix.experiment.space import Space
from kilnmix.experiment.storage import open_storage, turn

STUDIES = ("searched", "real-searched")


@dataclass(frozen=True)
class Scored:
    """What validation gave a trial: means over its seeds.

    Attributes:
        score: mean over tasks of macro-F1 with the kept weights; f1: task -> its macro-F1.
        curve: (step, score) of every look at validation.
    """

    score: float
    f1: Mapping[str, float] = field(default_factory=dict)
    curve: Sequence[tuple[int, float]] = ()


@dataclass(frozen=True)
class Trial:
    """One setting tried.

    Attributes:
        number: its place among the study's finished trials.
        arm: the setting.
        score: mean over tasks and seeds of validation macro-F1; f1: that of each task.
    """

    study: str
    number: int
    arm: Arm
    score: float
    f1: Mapping[str, float] = field(default_factory=dict)


class Search:
    """One study, asked and told in rounds.

    Args:
        study: `searched` or `real-searched`.
        name: of the study in the storage; holds a digest of what its trials follow from.
        seed: the samplers' seeds are derived from it and the round.
        usual: the classifier's settings, whose augmentation the first trial has.
    """

    def __init__(
        self,
        study: str,
        name: str,
        tasks: Sequence[str],
        settings: SearchSettings,
        seed: int,
        usual: ClassifierSettings,
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.label, self.tasks, self.settings, self.seed = study, tuple(tasks), settings, seed
        self.space = Space(study == "searched", self.tasks, settings, usual)
        self._study = optuna.create_study(
            storage=open_storage(settings.storage), study_name=name, direction="maximize", load_if_exists=True
        )

    def _settle(self) -> None:
        """Ends the trials that a killed process left open: told if their round's scores are noted, else failed.

        So a round is told wholly or not at all, and the next one begins from the same trials as without the stop.
        """
        import optuna
        from optuna.trial import TrialState

        for _ in self._study.get_trials(states=(TrialState.WAITING,)):
            # Enqueued and not asked for yet. Optuna tells none that waits; who asks gets those first.
            self._study.tell(self._study.ask(), state=TrialState.FAIL)
        for left in self._study.get_trials(states=(TrialState.RUNNING,)):
            scores = self._study.user_attrs.get(_noted(left.user_attrs.get("round")))
            if scores is None:
                self._study.tell(left.number, state=TrialState.FAIL)
            else:
                told = Scored(**scores[left.user_attrs["place"]])
                unknown = [look for look in told.curve if look[0] not in left.intermediate_values]
                self._tell(optuna.Trial(self._study, left._trial_id), replace(told, curve=unknown))

    @property
    def finished(self) -> list[Trial]:
        """The finished trials, oldest first."""
        from optuna.trial import TrialState

        done = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [
            Trial(
                self.label,
                place,
                self.space.arm(trial.params),
                float(trial.value or 0.0),
                trial.user_attrs.get("f1", {}),
            )
            for place, trial in enumerate(done)
        ]

    def round(self, score: Callable[[Sequence[tuple[int, Arm]]], Sequence[Scored]]) -> list[Trial]:
        """Asks for the next trials, has them scored together, and tells their scores; empty when all are done.

        Several processes may be at one study: they take turns, so the trials are those of a single one.

        Raises:
            UserError: another process has told this round's trials (a database keeps nobody out).
        """
        with turn(self.settings.storage, self._study.study_name):
            self._settle()
            return self._round(score)

    def _round(self, score: Callable[[Sequence[tuple[int, Arm]]], Sequence[Scored]]) -> list[Trial]:
        import optuna

        begun = len(self.finished)
        count = min(self.settings.parallel, self.settings.trials - begun)
        if count <= 0:
            return []
        self._study.sampler = optuna.samplers.TPESampler(
            seed=derive(self.seed, "round", begun) % 2**32,
            n_startup_trials=max(self.settings.trials // 4, 2),
            multivariate=True,
            constant_liar=True,
        )
        for start in self.space.starts()[begun : begun + count]:
            self._study.enqueue_trial(start)
        asked = []
        for place in range(count):
            trial = self._study.ask()
            asked.append((trial, self.space.suggest(trial)))
            trial.set_user_attr("place", place)
            trial.set_user_attr("round", begun)
        scores = list(score([(begun + place, arm) for place, (_, arm) in enumerate(asked)]))
        self._study.set_user_attr(_noted(begun), [asdict(each) for each in scores])
        try:
            for (trial, _), each in zip(asked, scores, strict=True):
                self._tell(trial, each)
        except (ValueError, optuna.exceptions.UpdateFinishedTrialError) as error:
            raise UserError(
                f"Another process has taken up the study {self._study.study_name} of search.storage meanwhile. Let one "
                "process at a time search a fold; the same command then goes on, and what is trained is reused."
            ) from error
        return [
            Trial(self.label, begun + place, arm, each.score, each.f1)
            for place, ((_, arm), each) in enumerate(zip(asked, scores, strict=True))
        ]

    def _tell(self, trial: Any, scored: Scored) -> None:
        for step, value in scored.curve:
            trial.report(value, step)
        trial.set_user_attr("f1", dict(scored.f1))
        self._study.tell(trial, scored.score)

    def note(self, adopted: Mapping[str, object]) -> None:
        """Marks in the study what its play-off adopted."""
        self._study.set_user_attr("adopted", dict(adopted))

    def importances(self) -> dict[str, float]:
        """Parameter -> its share of what decides between good and bad trials, adding up to 1.

        PED-ANOVA (Watanabe, Bansal and Hutter 2023, 2304.10255). Empty where the trials are too few or all alike.
        """
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

        if len({trial.score for trial in self.finished}) < 8:
            return {}
        found = get_param_importances(self._study, evaluator=PedAnovaImportanceEvaluator())
        return {name: float(value) for name, value in found.items()}


def _noted(begun: int | None) -> str:
    """The study's attribute with the scores of the round before which so many trials had ended."""
    return f"scores after {begun}"
