"""What the report shows of a study. Frozen, no I/O: `report.collect` fills these in, the report lays them out.

Everything but `params`, `verdict` and `outcomes` may be empty; the page then says that it is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from kilnmix.collection.card.card import DataCard
from kilnmix.config import Params
from kilnmix.curation.frontier import Point
from kilnmix.curation.support import Row
from kilnmix.statistics.looks import SequentialVerdict
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import StudyVerdict, TaskVerdict


@dataclass(frozen=True)
class ClassName:
    """How a class is written in the report; both are shown where they differ. Empty: not known."""

    en: str = ""
    zh: str = ""


@dataclass(frozen=True)
class Alignment:
    """How far the judges recognise one task's synthetic images, all pools of the study together.

    Attributes:
        classes: the task's K classes.
        asked: (K,) float64, images asked to show each class, summed over pools.
        alignment: (K,) float64, share of them that the judges take for it; NaN where none was asked for.
        recall: (K,) float64, the judges' cross-fitted recall on real photographs; NaN where there are none.
        distance: (K,) float64, kernel distance of features to the real photographs; NaN where too few.
        skill: the judges' balanced accuracy above chance, 0 chance, 1 perfect.
    """

    task: str
    classes: tuple[str, ...]
    asked: np.ndarray
    alignment: np.ndarray
    recall: np.ndarray
    distance: np.ndarray
    skill: float


@dataclass(frozen=True)
class PoolCount:
    """What became of one adapter's pool.

    Attributes:
        rejected: reason -> images.
        labelled, masked: task -> accepted images that were asked for a class, and of those whose label is masked.
        distance_before, distance_after: kernel distance of the pool to the training photographs before and after
            curation.
    """

    fold: int | str
    adapter: int
    drawn: int
    accepted: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    labelled: Mapping[str, int] = field(default_factory=dict)
    masked: Mapping[str, int] = field(default_factory=dict)
    distance_before: float | None = None
    distance_after: float | None = None


@dataclass(frozen=True)
class PoolSupport:
    """How far a pool's images and photographs cover each other: the pool's row, then one a class."""

    fold: int
    adapter: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Picture:
    """A photograph: (S, S, 3) uint8, its name, and task -> class id as far as known."""

    pixels: np.ndarray
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """A synthetic image beside the training photograph that it is most like.

    Attributes:
        labels: task -> class id that it was asked to show; masked: the tasks whose label curation masked.
        similarity: 1 for the same picture.
        status: `accepted`, or why not.
    """

    pixels: np.ndarray
    name: str
    prompt: str
    labels: Mapping[str, str]
    masked: tuple[str, ...] = ()
    nearest: Picture | None = None
    similarity: float | None = None
    status: str = "accepted"


@dataclass(frozen=True)
class Trial:
    """One trial of a search: its settings and its score on validation (None: it did not end, because it was stopped
    early or otherwise).

    Attributes:
        f1: task -> macro-F1.
        front: with several objectives, whether no other trial dominates it.
    """

    number: int
    values: Mapping[str, float]
    objective: float | None
    stopped: bool = False
    f1: Mapping[str, float] = field(default_factory=dict)
    front: bool = False


@dataclass(frozen=True)
class Playoff:
    """How the best trial of a search did against `real`'s recipe with seeds of the play-off's own.

    Attributes:
        best: the trial's number; adopted: whether it was taken.
        difference, standard_error: as fractions; None where the best trial is `real`'s recipe.
        low, high: ends of the difference's 95 % interval; None where each was trained again once.
        lead, crossed: of the best trial over that recipe among the trials, and what of it is left when the best is
            chosen without the objects that it is scored on; None where that is not known.
    """

    best: int
    adopted: bool
    difference: float | None
    standard_error: float | None
    low: float | None = None
    high: float | None = None
    lead: float | None = None
    crossed: float | None = None


@dataclass(frozen=True)
class Search:
    """One study: a fold, and whether it had synthetic images. `best` are the settings that `confirm` trained;
    `importances`: parameter -> its share of what decides between good and bad trials."""

    fold: int
    synthetic: bool
    trials: tuple[Trial, ...]
    best: Mapping[str, Any] = field(default_factory=dict)
    playoff: Playoff | None = None
    importances: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Tuning:
    """How an adapter was tuned.

    Attributes:
        steps: that were done.
        losses: (last step, mean loss) of stretches of the training.
        curve: (step, validation loss); empty where no photographs were kept back for it.
        kept: the step whose weights the adapter has; None without a validation loss.
        held_back: photographs that were kept from tuning.
        sheet: (H, W, 3) uint8, a row of pictures for each of `sheet_steps`, or None.
    """

    fold: int
    adapter: int
    steps: int
    losses: tuple[tuple[int, float], ...]
    curve: tuple[tuple[int, float], ...] = ()
    kept: int | None = None
    held_back: int = 0
    sheet: np.ndarray | None = None
    sheet_steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class CurvePoint:
    """A point of a learning curve: `arm` on a share of the real objects, its macro-F1 with an interval where known.

    `gap` is the interval of its difference to `real` with all objects.
    """

    task: str
    arm: str
    objects: int
    f1: float
    low: float | None = None
    high: float | None = None
    gap: tuple[float, float] | None = None


@dataclass(frozen=True)
class ReportInputs:
    """Everything that the report shows.

    Attributes:
        outcomes: one for every task of `verdict`, in its order.
        training_counts: task -> (K,) objects of each class in the training parts (mean over folds).
        names: task -> class id -> how it is written.
        photographs: part (`train`, `val`, `test`) -> a few photographs of it.
        card: the data card of `prepare`.
        frontier: what `kilnmix frontier` measured, the last call's points first; empty where it has not run.
        frontier_stale: how many points were measured with another adapter, collection or settings, and are not there.
        trained: networks that were trained for it, those that several arms share once; None: no arms share any.
        label_rules: how many rules on which labels go together applied to what was drawn.
        looks: how often this test set has been looked at, this time included; None where no ledger was kept.
        sequential: what the looks on the way closed; None where the study is read once.
        digests: data set -> the digest by which DVC knows it.
        versions: software -> version. machine: one line about where the study ran.
        rendered: whether the collection is the rendered demonstration; None: as the profile says.
        commands: what repeats the study, one shell line each.
    """

    params: Params
    verdict: StudyVerdict
    outcomes: tuple[TaskOutcomes, ...]
    training_counts: Mapping[str, np.ndarray] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, ClassName]] = field(default_factory=dict)
    alignment: tuple[Alignment, ...] = ()
    pools: tuple[PoolCount, ...] = ()
    support: tuple[PoolSupport, ...] = ()
    frontier: tuple[Point, ...] = ()
    frontier_stale: int = 0
    samples: tuple[Sample, ...] = ()
    photographs: Mapping[str, Sequence[Picture]] = field(default_factory=dict)
    card: DataCard | None = None
    searches: tuple[Search, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    tunings: tuple[Tuning, ...] = ()
    trained: int | None = None
    label_rules: int = 0
    looks: int | None = None
    sequential: SequentialVerdict | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    rendered: bool | None = None
    commands: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        judged, tested = [task.task for task in self.verdict.tasks], [task.task for task in self.outcomes]
        if judged != tested:
            raise ValueError(f"the verdict is about the tasks {judged}, the outcomes about {tested}")

    @property
    def demo(self) -> bool:
        """Whether the page must say that these are no photographs of ceramics."""
        return self.params.profile == "demo" if self.rendered is None else self.rendered

    @cached_property
    def tasks(self) -> tuple[tuple[TaskVerdict, TaskOutcomes], ...]:
        return tuple(zip(self.verdict.tasks, self.outcomes, strict=True))

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """All arms, in the order in which they were compared."""
        return tuple(dict.fromkeys(arm for outcome in self.outcomes for arm in outcome.predicted))

    @cached_property
    def runs(self) -> tuple[int, int, int]:
        """(folds, adapters, seeds) behind an arm's score; seeds of the arm with most."""
        folds = max((len(np.unique(outcome.folds)) for outcome in self.outcomes), default=0)
        adapters, seeds = self.outcomes[0].runs if self.outcomes else (0, 0)
        return folds, adapters, seeds

    @property
    def uneven(self) -> bool:
        """Whether some arms were trained with seeds of their own."""
        return any(outcome.seeds for outcome in self.outcomes)

    @cached_property
    def networks(self) -> int:
        """Trained networks that the study compares, none twice; arms may have different numbers of seeds."""
        if self.trained is not None:
            return self.trained
        runs = {arm: p.shape[0] * p.shape[1] for outcome in self.outcomes for arm, p in outcome.predicted.items()}
        return self.runs[0] * sum(runs.values())

    @cached_property
    def test_objects(self) -> int:
        """Objects of which at least one task was tested."""
        known = [outcome.objects for outcome in self.outcomes if len(outcome.objects)]
        return len(np.unique(np.concatenate(known))) if known else 0
