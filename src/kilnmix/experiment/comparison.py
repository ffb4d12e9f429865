"""Test predictions -> verdicts: the one way to them, entered into the ledger. `compare` and `export-paper` go it."""

from __future__ import annotations

from dataclasses import dataclass

from kilnmix.collection import prepared
from kilnmix.collection.prepared import Prepared
from kilnmix.common import seeds
from kilnmix.common.paths import PREPARED, REPORTS
from kilnmix.config import Params
from kilnmix.config.experiment import OTHERS
from kilnmix.experiment import ledger, predictions
from kilnmix.experiment.arms import counterparts
from kilnmix.experiment.outputs import table
from kilnmix.statistics import verdicts
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import StudyVerdict

LEDGER = REPORTS / "ledger.csv"


@dataclass(frozen=True)
class Comparison:
    """A study's verdicts and what they rest on.

    Attributes:
        looks: how often this test set has been looked at, this look included.
    """

    photographs: Prepared
    outcomes: tuple[TaskOutcomes, ...]
    verdict: StudyVerdict
    looks: int


def compare(params: Params) -> Comparison:
    """Opens the test predictions of all folds and compares the arms; the look is entered into the ledger."""
    settings = params.experiment
    photographs = prepared.load(PREPARED)
    sources = [(fold, table(stage, fold, "test")) for fold in params.folds for stage in ("train", "confirm")]
    outcomes = tuple(
        predictions.outcomes(
            photographs, predictions.read(sources, photographs, task.name), task.name, settings.min_class_objects
        )
        for task in photographs.tasks
    )
    rules = verdicts.Rules(
        alpha=settings.alpha, power=settings.power, margin=settings.margin, min_objects=settings.min_task_objects
    )
    arms = list(dict.fromkeys(arm for task in outcomes for arm in task.predicted))
    comparisons = verdicts.plan(
        arms, settings.primary, settings.controls, counterparts(params.arms), settings.controls.get(OTHERS)
    )
    verdict = verdicts.compare(outcomes, comparisons, rules, seed=seeds.derive(0, "max-t"))
    return Comparison(photographs, outcomes, verdict, _look(params, photographs, outcomes))


def _look(params: Params, photographs: Prepared, outcomes: tuple[TaskOutcomes, ...]) -> int:
    rows = [row for fold in params.folds for row in photographs.members(fold, "test")]
    return ledger.note(LEDGER, ledger.test_digest(photographs.ids[rows]), ledger.answers_digest(outcomes))
