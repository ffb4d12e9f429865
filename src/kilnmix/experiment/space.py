"""What a search may vary: the parameters of a trial, the settings that it begins with, and the arm that they make.

A parameter's name in the study is `share.TASK`, `weight.TASK`, or that of a setting of the arm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kilnmix.config import Arm, ClassifierSettings, SearchSettings

if TYPE_CHECKING:
    import optuna

SHARE_STEP = 0.05
AUGMENTATION = ("augment", "mix", "mix_alpha")
"""The classifier's settings that are searched with `search.augment`."""
POLICIES, MIXES, ALPHAS = ("none", "paper", "strong"), ("none", "mixup", "cutmix"), (0.1, 1.0)
"""Of the classical augmentation, and the range of `mix_alpha`."""
WARM_SHARES = (0.1, 0.0, 0.05, 0.4)
"""The first trials' share of every task: the paper's higher, none, the paper's lower, and much."""


@dataclass(frozen=True)
class Space:
    """The parameters of one study.

    Attributes:
        synthetic: whether trials may mix in synthetic images.
        usual: the classifier's settings, whose augmentation the first trial has.
    """

    synthetic: bool
    tasks: tuple[str, ...]
    settings: SearchSettings
    usual: ClassifierSettings

    def starts(self) -> list[dict[str, Any]]:
        """The first trials, the baseline before the others: equal weights, the usual augmentation, and with synthetic
        images the shares of `WARM_SHARES` that the space holds."""
        space = self.settings.space
        low, high = _range(space.weight)
        weights = {f"weight.{task}": min(max(1.0, low), high) for task in self.tasks[1:]} if low < high else {}
        alpha = min(max(self.usual.mix_alpha, ALPHAS[0]), ALPHAS[1])
        classical = {"augment": self.usual.augment, "mix": self.usual.mix, "mix_alpha": alpha}
        common = {**weights, **(classical if self.settings.augment else {})}
        if not self.synthetic:
            return [common] if common else []
        for name in ("synthetic_weight", "allocation", "mode"):
            value = getattr(space, name)
            if isinstance(value, tuple):
                common[name] = min(max(1.0, value[0]), value[1]) if name == "synthetic_weight" else value[0]
        lowest, highest = _steps(space.share)
        if lowest == highest:
            return [common] if common else []
        shares = dict.fromkeys(round(min(max(share, lowest), highest), 4) for share in WARM_SHARES)
        return [{**{f"share.{task}": share for task in self.tasks}, **common} for share in shares]

    def suggest(self, trial: optuna.Trial) -> Arm:
        """Asks the study for the free parameters of a trial."""
        space = self.settings.space
        if self.synthetic:
            lowest, highest = _steps(space.share)
            if lowest < highest:
                for task in self.tasks:
                    trial.suggest_float(f"share.{task}", lowest, highest, step=SHARE_STEP)
            if isinstance(space.synthetic_weight, tuple):
                trial.suggest_float("synthetic_weight", *space.synthetic_weight, log=True)
            for name in ("allocation", "mode"):
                if isinstance(getattr(space, name), tuple):
                    trial.suggest_categorical(name, getattr(space, name))
        low, high = _range(space.weight)
        # The first task's weight is fixed: a common factor of all weights changes next to nothing under Adam.
        for task in self.tasks[1:] if low < high else ():
            trial.suggest_float(f"weight.{task}", low, high, log=True)
        if self.settings.augment:
            trial.suggest_categorical("augment", POLICIES)
            trial.suggest_categorical("mix", MIXES)
            trial.suggest_float("mix_alpha", *ALPHAS, log=True)
        return self.arm(trial.params)

    def arm(self, params: Mapping[str, Any]) -> Arm:
        """The arm of a trial's parameters, with what is fixed; one whose shares are all 0 has no extra images."""
        space = self.settings.space
        weight = _range(space.weight)[0]
        weights = {task: params.get(f"weight.{task}", weight) for task in self.tasks}
        weights[self.tasks[0]] = 1.0
        classical = {name: params[name] for name in AUGMENTATION if name in params}
        fixed = _steps(space.share)[0] if self.synthetic else 0.0
        shares = {task: round(params.get(f"share.{task}", fixed), 4) for task in self.tasks}
        if max(shares.values()) == 0:
            return Arm(source="none", task_weights=weights, classifier=classical)
        chosen = {name: params.get(name, getattr(space, name)) for name in ("synthetic_weight", "allocation", "mode")}
        return Arm(source="synthetic", share=shares, task_weights=weights, classifier=classical, **chosen)


def columns(space: Space, arms: Sequence[Arm]) -> list[dict[str, object]]:
    """An arm as a row of a table: share and weight of every task, and what else was free, by the parameter's name."""
    free = [
        name
        for name in ("synthetic_weight", "allocation", "mode")
        if isinstance(getattr(space.settings.space, name), tuple)
    ]
    searched = AUGMENTATION if space.settings.augment else ()
    rows = []
    for arm in arms:
        share = arm.share if isinstance(arm.share, dict) else {}
        row: dict[str, object] = {f"share.{task}": share.get(task, 0.0) for task in space.tasks}
        row |= {f"weight.{task}": f"{arm.task_weights.get(task, 1.0):.6g}" for task in space.tasks}
        row |= {name: getattr(arm, name) for name in free}
        row |= {name: arm.classifier.get(name, "") for name in searched}
        rows.append(row)
    return rows


def _steps(share: float | tuple[float, float]) -> tuple[float, float]:
    """Lowest and highest share on the grid of `SHARE_STEP`; a fixed one is both."""
    if not isinstance(share, tuple):
        return share, share
    low, high = (round(round(end / SHARE_STEP) * SHARE_STEP, 4) for end in share)
    return low, high


def _range(value: float | tuple[float, float]) -> tuple[float, float]:
    return value if isinstance(value, tuple) else (value, value)
