"""Settings of arms, comparison and search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from kilnmix.config.classifier import ClassifierSettings
from kilnmix.config.fields import Fraction, Frozen, Numbers, Positive, Rate, Seed, Share, Weight, different

FOUND = ("searched", "real-searched", "repeat-searched")
"""The arms that no setting defines: what the search finds with and without synthetic images, and the first of them with
repeated photographs in the images' place."""
OTHERS = "default"
"""The key of `experiment.control` for the arms that it does not name."""


Mode = Literal["extra", "replace"]
Allocation = Literal["as-real", "rare-first"]


class Arm(Frozen):
    """One way of training: what fills the extra slots and, on demand, from which photographs, for which tasks and by
    which recipe."""

    source: Literal["none", "synthetic", "repeat", "retrieved"] = "none"
    """`repeat` and `retrieved` are controls with real photographs: the training part's own, or those of `pool`."""
    share: Share | dict[str, Share] = 0.0
    """extra / (real + extra): 95:5 is 0.05; one for all tasks or one a task."""
    mode: Mode = "extra"
    allocation: Allocation = "as-real"
    task_weights: dict[str, Weight] = Field(default_factory=dict)
    synthetic_weight: Weight = 1.0
    pool: Path | None = None
    """With the source `retrieved`: a folder in the form in which `curate` leaves its images."""
    aligned: Literal["all", "less", "more"] = "all"
    """With the source `synthetic`: of the images of each combination of labels all, or the half that the judges
    recognise less, or more. Halves keep the labels that were asked for, masked or not: they differ in their images."""
    photographs: float = Field(1.0, gt=0.0, le=1.0)
    """Share of the training objects, drawn anew for every run; a run's smaller shares lie within its larger ones."""
    tail: dict[str, Positive] = Field(default_factory=dict)
    """Task -> how many training objects each class of its tail (the rarest third) keeps."""
    tasks: tuple[str, ...] = ()
    """The tasks that are learnt; none named: all."""
    classifier: dict[str, Any] = Field(default_factory=dict)
    """Settings of the classifier that differ for this arm."""
    seeds: Annotated[tuple[Seed, ...], AfterValidator(different)] = ()
    """Classifier seeds of this arm; none named: the experiment's. Arms are compared over the seeds that both have."""

    @model_validator(mode="after")
    def _share_matches_source(self) -> Arm:
        highest = max(self.share.values(), default=0.0) if isinstance(self.share, dict) else self.share
        if self.source == "none" and highest > 0:
            raise ValueError("an arm with source `none` has share 0")
        if self.source != "none" and highest == 0:
            raise ValueError(f"an arm with source `{self.source}` needs a share above 0")
        if (self.source == "retrieved") != (self.pool is not None):
            raise ValueError("the source `retrieved` and a `pool` go together")
        if self.aligned != "all" and self.source != "synthetic":
            raise ValueError("only synthetic images are more or less `aligned`")
        return self

    @property
    def whole(self) -> bool:
        """Whether it learns all tasks from all training photographs, so that it can be taken away."""
        return self.photographs == 1 and not self.tail and not self.tasks

    @property
    def plain(self) -> bool:
        """Whether source and share say all about it."""
        return self.whole and not self.classifier and self.aligned == "all"

    def recipe(self, settings: ClassifierSettings) -> ClassifierSettings:
        """The classifier's settings for this arm; raises pydantic's `ValidationError` for one that will not do."""
        if not self.classifier:
            return settings
        return ClassifierSettings.model_validate({**settings.model_dump(), **self.classifier})


class Looks(Frozen):
    """Looks at the test parts on the way, each at a level of its own; empty: the study is read once."""

    seeds: tuple[Positive, ...]
    """How many of `experiment.seeds` each look reads; the last all."""
    alpha: tuple[Fraction, ...]
    """The looks' levels; they sum to `experiment.alpha`."""
    futility: float = Field(ge=0.0, lt=1.0)
    """A comparison is given up when its chance to be decided at the last look is below this; 0: never."""

    @model_validator(mode="after")
    def _is_a_plan(self) -> Looks:
        if len(self.seeds) != len(self.alpha):
            raise ValueError("every look takes a number of seeds and a level of its own")
        if list(self.seeds) != sorted(set(self.seeds)):
            raise ValueError("the numbers of seeds rise from look to look")
        return self


class ExperimentSettings(Frozen):
    """The comparison and its rules of evidence."""

    name: str
    seeds: Numbers
    """Classifier seeds; each is trained once an arm and adapter."""
    primary: tuple[tuple[str, str], ...]
    """Comparisons (arm, reference) of the one family that the verdicts answer for."""
    control: str | dict[str, str]
    """The arm that an arm must also beat to be said to help: one for all, or arm -> its own. Arms that the mapping does
    not name have the one under `default`, and without that none."""
    alpha: Fraction
    power: Fraction
    margin: Rate
    """Differences of macro-F1 within this are called equivalent."""
    min_class_objects: Positive
    """A class is scored when the test parts hold at least so many objects of it."""
    min_task_objects: Positive
    """A task with fewer labelled test objects is `untestable`."""
    unlabelled: bool
    """Let test objects without a label for a task narrow its intervals (`statistics/prediction_powered.py`)."""
    looks: Looks

    @property
    def waves(self) -> tuple[tuple[int, ...], ...]:
        """The classifier seeds that each look adds; all in one without looks."""
        ends = self.looks.seeds or (len(self.seeds),)
        return tuple(self.seeds[begin:end] for begin, end in zip((0, *ends), ends, strict=False))

    @model_validator(mode="after")
    def _looks_see_all(self) -> ExperimentSettings:
        looks = self.looks
        if looks.seeds and looks.seeds[-1] != len(self.seeds):
            raise ValueError(f"the last look reads {looks.seeds[-1]} seeds, but experiment.seeds has {len(self.seeds)}")
        if looks.seeds and not math.isclose(sum(looks.alpha), self.alpha, rel_tol=1e-6):
            raise ValueError(f"the looks' alpha sum to {sum(looks.alpha):g}, not to experiment.alpha, {self.alpha:g}")
        if list(self.seeds) != sorted(self.seeds) and looks.seeds:
            raise ValueError("with looks on the way experiment.seeds rise")
        return self

    @property
    def controls(self) -> Mapping[str, str]:
        """Arm -> control; `default` stands for all arms that are not named."""
        return {OTHERS: self.control} if isinstance(self.control, str) else self.control

    @model_validator(mode="after")
    def _names_arms_once(self) -> ExperimentSettings:
        compared = [arm for arm, _ in self.primary]
        twice = sorted({arm for arm in compared if compared.count(arm) > 1})
        if twice:
            raise ValueError(f"primary compares {', '.join(twice)} twice; an arm has one reference")
        if any(arm == reference for arm, reference in self.primary):
            raise ValueError("primary compares an arm with itself")
        own = sorted(arm for arm, control in self.controls.items() if arm == control)
        if own:
            raise ValueError(f"control names {', '.join(own)} as its own control")
        return self


class SearchSpace(Frozen):
    """What a trial may vary. A list of two numbers is a range, a list of names a choice, a lone value is fixed."""

    share: tuple[Share, Share] | Share
    """Of synthetic images, for each task by itself."""
    weight: tuple[Rate, Rate] | Rate
    """Of a task's loss, on a log scale; the first task's is fixed at 1."""
    synthetic_weight: tuple[Rate, Rate] | Rate
    """Of a synthetic image beside a photograph."""
    allocation: tuple[Allocation, ...] | Allocation
    mode: tuple[Mode, ...] | Mode

    @model_validator(mode="after")
    def _is_ordered(self) -> SearchSpace:
        for name in ("share", "weight", "synthetic_weight"):
            ends = getattr(self, name)
            if isinstance(ends, tuple) and ends[0] > ends[1]:
                raise ValueError(f"{name} is [lowest, highest]")
        for name in ("allocation", "mode"):
            if getattr(self, name) == ():
                raise ValueError(f"{name} names no choice")
        return self


class SearchSettings(Frozen):
    """The two studies of a fold: with synthetic images, and with the same budget without."""

    trials: Positive
    parallel: Positive
    """Trials asked for together; results do not depend on which of them ends first."""
    step_share: float = Field(gt=0.0, le=1.0)
    """Share of the classifier's steps that a trial gets."""
    objective: str | tuple[str, ...]
    """What is maximised: `mean` over the tasks, one task, or a list of tasks that are objectives of their own."""
    pruner: Literal["none", "halving", "hyperband", "median"]
    """What stops trials that fall behind, before the end of a training or before its further seeds."""
    reduction: int = Field(ge=2)
    """Of `halving` and `hyperband`: of so many trials one goes on, to so many times the steps."""
    min_share: float = Field(gt=0.0, le=1.0)
    """Share of a trial's training before which none is stopped."""
    seeds: Numbers
    """A trial is trained with them one after the other, as long as the pruner lets it."""
    playoff: Annotated[tuple[Seed, ...], AfterValidator(different)]
    """Further seeds with which the best trial has to beat the recipe of `real` by more than a standard error; none: it
    has to with the trials' own seeds."""
    space: SearchSpace
    augment: bool
    """Search the classical augmentation too, in both studies: its policy, and mixup or cutmix with their parameter."""
    storage: str
    """`journal:FILE`, any SQLAlchemy URL, or `grpc://HOST:PORT` of a proxy of Optuna's."""

    @model_validator(mode="after")
    def _is_fair(self) -> SearchSettings:
        both = sorted(set(self.seeds) & set(self.playoff))
        if both:
            raise ValueError(f"playoff must have seeds of its own, or luck would decide twice: {both} are in seeds too")
        if not self.objective:
            raise ValueError("objective names no task; `mean` is all of them")
        if not isinstance(self.objective, str) and len(self.objective) > 1 and self.pruner != "none":
            raise ValueError(
                "several objectives have no order by which a trial falls behind: set search.pruner=none with them"
            )
        return self
