"""Optuna studies over shares of synthetic images and loss weights, read on validation alone.

Two studies with one budget: `searched` may mix in synthetic images, each task at a share of its own; `real-searched`
may not. Where the settings say so both tune the classical augmentation as well, so that what synthetic images add is
held against tuned augmentation. Trials are asked for in rounds and told in their order once the whole round has ended,
and the sampler's seed follows from the round, so neither the number of workers nor a stop in between changes what is
tried.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kilnmix.common.errors import UserError
from kilnmix.common.seeds import derive
from kilnmix.config import Arm, ClassifierSettings, SearchSettings
from kilnmix.experiment.storage import open_storage, turn

if TYPE_CHECKING:
    import optuna

STUDIES = ("searched", "real-searched")
SHARE_STEP = 0.02
AUGMENTATION = ("augment", "mix", "mix_alpha")
"""The classifier's settings that are searched with `search.augment`."""
POLICIES, MIXES, ALPHAS = ("none", "paper", "strong"), ("none", "mixup", "cutmix"), (0.1, 1.0)
"""Of the classical augmentation, and the range of `mix_alpha`."""


@dataclass(frozen=True)
class Trial:
    """One setting tried.

    Attributes:
        number: its place among the study's finished trials.
        arm: the setting.
        score: mean over tasks and seeds of validation macro-F1.
    """

    study: str
    number: int
    arm: Arm
    score: float


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
        self.usual = usual
        self._study = optuna.create_study(
            storage=open_storage(settings.storage), study_name=name, direction="maximize", load_if_exists=True
        )

    def _settle(self) -> None:
        """Ends the trials that a killed process left open: told if their round's scores are noted, else failed.

        So a round is told wholly or not at all, and the next one begins from the same trials as without the stop.
        """
        from optuna.trial import TrialState

        for _ in self._study.get_trials(states=(TrialState.WAITING,)):
            # Enqueued and not asked for yet. Optuna tells none that waits; who asks gets those first.
            self._study.tell(self._study.ask(), state=TrialState.FAIL)
        for trial in self._study.get_trials(states=(TrialState.RUNNING,)):
            scores = self._study.user_attrs.get(_noted(trial.user_attrs.get("round")))
            if scores is None:
                self._study.tell(trial.number, state=TrialState.FAIL)
            else:
                self._study.tell(trial.number, scores[trial.user_attrs["place"]])

    @property
    def finished(self) -> list[Trial]:
        """The finished trials, oldest first."""
        import optuna

        done = self._study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
        return [
            Trial(self.label, place, self._arm(trial.params), float(trial.value or 0.0))
            for place, trial in enumerate(done)
        ]

    def round(self, score: Callable[[Sequence[tuple[int, Arm]]], Sequence[float]]) -> list[Trial]:
        """Asks for the next trials, has them scored together, and tells their scores; empty when all are done.

        Several processes may be at one study: they take turns, so the trials are those of a single one.

        Raises:
            UserError: another process has told this round's trials (a database keeps nobody out).
        """
        with turn(self.settings.storage, self._study.study_name):
            self._settle()
            return self._round(score)

    def _round(self, score: Callable[[Sequence[tuple[int, Arm]]], Sequence[float]]) -> list[Trial]:
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
        if begun == 0:
            # Equal weights, the usual augmentation, the paper's highest share: whatever is found has to beat that.
            self._study.enqueue_trial(self._baseline())
        asked = []
        for place in range(count):
            trial = self._study.ask()
            asked.append((trial, self._suggest(trial)))
            trial.set_user_attr("place", place)
            trial.set_user_attr("round", begun)
        scores = list(score([(begun + place, arm) for place, (_, arm) in enumerate(asked)]))
        self._study.set_user_attr(_noted(begun), scores)
        try:
            for (trial, _), value in zip(asked, scores, strict=True):
                self._study.tell(trial, value)
        except (ValueError, optuna.exceptions.UpdateFinishedTrialError) as error:
            raise UserError(
                f"Another process has taken up the study {self._study.study_name} of search.storage meanwhile. Let one "
                "process at a time search a fold; the same command then goes on, and what is trained is reused."
            ) from error
        return [
            Trial(self.label, begun + place, arm, value)
            for place, ((_, arm), value) in enumerate(zip(asked, scores, strict=True))
        ]

    def _baseline(self) -> dict[str, float | str]:
        shares = {f"share.{task}": min(0.1, self._highest()) for task in self.tasks}
        weights = {f"weight.{task}": 1.0 for task in self.tasks[1:]}
        alpha = min(max(self.usual.mix_alpha, ALPHAS[0]), ALPHAS[1])
        classical = {"augment": self.usual.augment, "mix": self.usual.mix, "mix_alpha": alpha}
        return {
            **(shares if self.label == "searched" else {}),
            **weights,
            **(classical if self.settings.augment else {}),
        }

    def _highest(self) -> float:
        return round(self.settings.max_share / SHARE_STEP) * SHARE_STEP

    def _suggest(self, trial: optuna.Trial) -> Arm:
        if self.label == "searched":
            for task in self.tasks:
                trial.suggest_float(f"share.{task}", 0.0, self._highest(), step=SHARE_STEP)
        # The first task's weight is fixed: a common factor of all weights changes next to nothing under Adam.
        low, high = self.settings.weight_range
        for task in self.tasks[1:]:
            trial.suggest_float(f"weight.{task}", low, high, log=True)
        if self.settings.augment:
            trial.suggest_categorical("augment", POLICIES)
            trial.suggest_categorical("mix", MIXES)
            trial.suggest_float("mix_alpha", *ALPHAS, log=True)
        return self._arm(trial.params)

    def _arm(self, params: Mapping[str, Any]) -> Arm:
        shares = {task: round(params.get(f"share.{task}", 0.0), 4) for task in self.tasks}
        weights = {task: params.get(f"weight.{task}", 1.0) for task in self.tasks}
        classical = {name: params[name] for name in AUGMENTATION if name in params}
        if max(shares.values()) == 0:
            return Arm(source="none", task_weights=weights, classifier=classical)
        return Arm(source="synthetic", share=shares, task_weights=weights, classifier=classical)


def _noted(begun: int | None) -> str:
    """The study's attribute with the scores of the round before which so many trials had ended."""
    return f"scores after {begun}"


def write_trials(path: Path, tasks: Sequence[str], trials: Sequence[Trial]) -> None:
    """A row a trial: study, trial, score, share and weight of every task, and the augmentation if it was searched."""
    searched = [name for name in AUGMENTATION if any(name in trial.arm.classifier for trial in trials)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        per_task = [f"{kind}.{task}" for kind in ("share", "weight") for task in tasks]
        writer.writerow(["study", "trial", "score", *per_task, *searched])
        for trial in trials:
            share = trial.arm.share if isinstance(trial.arm.share, dict) else {}
            weights = [f"{trial.arm.task_weights.get(task, 1.0):.6g}" for task in tasks]
            shares = [share.get(task, 0.0) for task in tasks]
            classical = [trial.arm.classifier.get(name, "") for name in searched]
            writer.writerow([trial.study, trial.number, f"{trial.score:.6f}", *shares, *weights, *classical])
