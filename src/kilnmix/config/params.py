"""Everything that params.yaml says, read once at the start of a command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.common.readers import read_yaml
from kilnmix.config.classifier import ClassifierSettings
from kilnmix.config.collection import CollectionSettings
from kilnmix.config.curation import CurationSettings
from kilnmix.config.experiment import FOUND, OTHERS, Arm, ExperimentSettings, SearchSettings
from kilnmix.config.fields import Frozen, Numbers, Seed, different
from kilnmix.config.generator import GeneratorSettings
from kilnmix.config.refusals import sentences

PLANS = Path("conf/looks")
EXTENDED = output("extend")


class ReportSettings(Frozen):
    """How the report is written."""

    language: Literal["en", "zh"]


class TrackingSettings(Frozen):
    """Where runs are recorded."""

    uri: str | None
    """An MLflow server; null: the database in `folder`."""
    folder: Path


class Look(Frozen):
    """A look on the way, before the last."""

    number: int
    after: Path
    """What it waits for beside `train` and `confirm`: the trainings that the look before it asked for; the first for
    the plan itself."""


class Params(Frozen):
    """Everything that params.yaml says."""

    profile: str
    seed: Seed
    folds: Numbers
    pool_folds: Annotated[tuple[int | Literal["all"], ...], Field(min_length=1), AfterValidator(different)]
    """Folds for which adapters are tuned and pools drawn; `all` has no test part and serves refit."""
    adapters: Numbers
    looks: tuple[Look, ...]
    extended: Path
    """`looks`, and the folder of the trainings that they ask for, stand here for dvc.yaml; they follow from
    `experiment.looks`."""
    refit_pool: int | Literal["all"]
    """The fold whose pool refit uses."""
    refit_arm: str | None
    """The arm that refit trains; null: the one that validation adopts."""
    collection: CollectionSettings
    generator: GeneratorSettings
    curation: CurationSettings
    classifier: ClassifierSettings
    arms: dict[str, Arm]
    experiment: ExperimentSettings
    search: SearchSettings
    report: ReportSettings
    tracking: TrackingSettings

    @field_validator("arms", mode="before")
    @classmethod
    def _null_arms_are_left_out(cls, arms: object) -> object:
        return {name: arm for name, arm in arms.items() if arm is not None} if isinstance(arms, dict) else arms

    @model_validator(mode="after")
    def _hangs_together(self) -> Params:
        missing = [fold for fold in self.folds if fold not in self.pool_folds]
        if missing:
            raise ValueError(f"folds {missing} are not among pool_folds {list(self.pool_folds)}")
        if self.refit_pool not in self.pool_folds:
            raise ValueError(f"refit_pool {self.refit_pool!r} is not among pool_folds {list(self.pool_folds)}")
        if sorted(self.folds) != list(range(len(self.folds))):
            raise ValueError(f"folds must be 0, 1, ... without gaps, not {list(self.folds)}")
        if self.arms:
            self._arms_are_known()
        self._refit_arm_can_be_taken_away()
        for name, arm in self.arms.items():
            try:
                arm.recipe(self.classifier)
            except ValidationError as error:
                told = sentences(error, {**self.classifier.model_dump(), **arm.classifier}, ClassifierSettings)
                raise ValueError(f"arms.{name}.classifier will not do:\n{told}") from error
        self._weights_name_tasks()
        self._looks_follow_the_plan()
        return self

    def _arms_are_known(self) -> None:
        taken = sorted({*FOUND, OTHERS} & set(self.arms))
        if taken:
            raise ValueError(
                f"arms defines {', '.join(taken)}: {', '.join(FOUND)} are the search's own arms, and {OTHERS} stands "
                "for arms without a control of their own"
            )
        known = {*self.arms, *FOUND}
        for pair in self.experiment.primary:
            for name in pair:
                if name not in known:
                    raise ValueError(f"experiment.primary names the arm {name!r}, which arms does not define")
        for arm, control in self.experiment.controls.items():
            for name in (arm, control):
                if name not in {*known, OTHERS} or control == OTHERS:
                    raise ValueError(f"experiment.control names the arm {name!r}, which arms does not define")

    def _refit_arm_can_be_taken_away(self) -> None:
        whole = [*(name for name, arm in self.arms.items() if arm.whole), *FOUND]
        if self.refit_arm is not None and self.refit_arm not in whole:
            why = "learns a part of the photographs or tasks alone" if self.refit_arm in self.arms else "is not in arms"
            raise ValueError(
                f"refit_arm names {self.refit_arm!r}, which {why}. Set it to one of {', '.join(whole)}, or to null for "
                "the arm that validation adopts"
            )

    def _looks_follow_the_plan(self) -> None:
        count = len(self.experiment.waves) - 1
        befores = [EXTENDED / str(number - 1) if number else PLANS for number in range(count)]
        if [(look.number, look.after) for look in self.looks] != list(enumerate(befores)):
            raise ValueError(
                f"looks are not the {count} looks on the way of experiment.looks: see conf/looks/three.yaml"
            )
        if self.extended != (EXTENDED if count else PLANS):
            raise ValueError(f"extended must be {(EXTENDED if count else PLANS).as_posix()}: see conf/looks/three.yaml")
        own = sorted(name for name, arm in self.arms.items() if arm.seeds)
        if count and own:
            raise ValueError(f"with looks on the way no arm has seeds of its own, but {', '.join(own)} has")

    def _weights_name_tasks(self) -> None:
        tasks = set(self.collection.tasks)
        weighted: dict[str, Mapping[str, object]] = {
            "classifier.task_weights": self.classifier.task_weights,
            "classifier.sampling": self.classifier.sampling,
        }
        if isinstance(self.classifier.imbalance, dict):
            weighted["classifier.imbalance"] = self.classifier.imbalance
        for name, arm in self.arms.items():
            weighted[f"arms.{name}.task_weights"] = arm.task_weights
            weighted[f"arms.{name}.tail"] = arm.tail
            weighted[f"arms.{name}.tasks"] = dict.fromkeys(arm.tasks)
            if isinstance(arm.share, dict):
                weighted[f"arms.{name}.share"] = arm.share
        if self.curation.group_by is not None:
            weighted["curation.group_by"] = {self.curation.group_by: None}
        for where, weights in weighted.items():
            unknown = sorted(set(weights) - tasks)
            if unknown:
                raise ValueError(f"{where} names {', '.join(unknown)}, which collection.tasks does not")


REMEDY = "Mend them in conf/ and run `kilnmix compose`, or edit params.yaml."


def parse(settings: dict[str, Any], origin: str, remedy: str = REMEDY) -> Params:
    """Validated settings from a parsed YAML file.

    Args:
        remedy: a sentence for the end of the message.

    Raises:
        UserError: a setting is unknown or its value will not do; each fault is named with its place.
    """
    try:
        return Params.model_validate(settings)
    except ValidationError as error:
        told = sentences(error, settings, Params)
        raise UserError(f"{origin} has settings that will not do:\n{told}\n{remedy}") from error


def load(path: Path = Path("params.yaml")) -> Params:
    """The settings of this project.

    Raises:
        UserError: the file is missing, is not YAML, or `parse` refuses it.
    """
    if not path.exists():
        written = " Write it with `kilnmix compose`." if (path.parent / "conf").is_dir() else ""
        raise UserError(f"There is no {path} here.{written}")
    settings = read_yaml(path, "Mend it (it is to be YAML in UTF-8), or write it anew with `kilnmix compose`.")
    if not isinstance(settings, dict):
        raise UserError(f"{path} holds no settings. Write it anew with `kilnmix compose`.")
    return parse(settings, str(path))
