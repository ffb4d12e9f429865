"""Test predictions -> verdicts: the one way to them, entered into the ledger. `look`, `compare` and `export-paper` go
it. A study with looks on the way is read look by look, as if each were the first to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from kilnmix.collection import prepared
from kilnmix.collection.prepared import Prepared
from kilnmix.common import seeds
from kilnmix.common.errors import UserError
from kilnmix.common.paths import PREPARED, REPORTS
from kilnmix.config import Params
from kilnmix.config.experiment import OTHERS
from kilnmix.experiment import ledger, predictions
from kilnmix.experiment.arms import counterparts
from kilnmix.experiment.outputs import tables
from kilnmix.statistics import looks, verdicts
from kilnmix.statistics.looks import LookPlan, SequentialVerdict
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import StudyVerdict

LEDGER = REPORTS / "ledger.csv"


@dataclass(frozen=True)
class Comparison:
    """A study's verdicts and what they rest on.

    Attributes:
        looks: how often this test set has been looked at, this look included, planned looks counted as one.
        sequential: what the looks on the way closed; None where the study is read once.
    """

    photographs: Prepared
    outcomes: tuple[TaskOutcomes, ...]
    verdict: StudyVerdict
    looks: int
    sequential: SequentialVerdict | None


@dataclass(frozen=True)
class Look:
    """A look on the way.

    Attributes:
        arms: those that are to be trained on, in alphabetical order.
        answers: identifies what was read.
    """

    sequential: SequentialVerdict
    arms: tuple[str, ...]
    answers: str

    def to_json(self) -> dict[str, Any]:
        """The form of open.json."""
        return {"arms": list(self.arms), "closed": self.sequential.to_json()["closed"], "answers": self.answers}


def compare(params: Params) -> Comparison:
    """Opens the test predictions of all folds and compares the arms; the look is entered into the ledger."""
    photographs = prepared.load(PREPARED)
    outcomes = _outcomes(params, photographs, None)
    comparisons, rules = _comparisons(params, outcomes), _rules(params)
    test_set = _test_set(params, photographs)
    plan = look_plan(params)
    sequential, planned = None, []
    if plan is None:
        verdict = _verdicts(outcomes, comparisons, rules)
    else:
        ledger.plan(LEDGER, test_set, str(plan))
        sequential = looks.sequential(outcomes, comparisons, plan, rules, compare=_verdicts)
        verdict = sequential.verdict
        planned = [ledger.answers_digest(looks.at(outcomes, plan, number)) for number in range(len(plan.seeds))]
    count = ledger.note(LEDGER, test_set, ledger.answers_digest(outcomes), planned)
    return Comparison(photographs, outcomes, verdict, count, sequential)


def look(params: Params, number: int) -> Look:
    """Takes one of the planned looks on the way.

    Raises:
        UserError: the plan was changed after the test parts had been looked at by it, or a table is missing.
    """
    photographs = prepared.load(PREPARED)
    plan, test_set = look_plan(params), _test_set(params, photographs)
    if plan is None:
        raise UserError("No looks on the way are planned. `kilnmix compose looks=three` plans some.")
    ledger.plan(LEDGER, test_set, str(plan))
    outcomes = _outcomes(params, photographs, number)
    comparisons = _comparisons(params, outcomes)
    found = looks.sequential(outcomes, comparisons, plan, _rules(params), number + 1, _verdicts)
    answers = ledger.answers_digest(outcomes)
    ledger.note(LEDGER, test_set, answers)
    return Look(found, tuple(sorted(found.open_arms(comparisons))), answers)


def look_plan(params: Params) -> LookPlan | None:
    """The looks on the way; None where the study is read once."""
    settings = params.experiment.looks
    return LookPlan(settings.seeds, settings.alpha, settings.futility) if settings.seeds else None


def _outcomes(params: Params, photographs: Prepared, number: int | None) -> tuple[TaskOutcomes, ...]:
    """What was answered for the test parts, up to look `number`; None: all of it."""
    sources, settings = tables(params, "test", looks=number), params.experiment
    # The first look's seeds guess at every look: an earlier look is read again as it was, without later seeds.
    guessing = settings.waves[0] if settings.looks.seeds else None
    read = []
    for task in photographs.tasks:
        answers = predictions.read(sources, photographs, task.name)
        outcomes = predictions.outcomes(photographs, answers, task.name, settings.min_class_objects)
        others = predictions.unlabelled(photographs, answers, task.name, guessing) if settings.unlabelled else None
        read.append(replace(outcomes, unlabelled=others))
    return tuple(read)


def _rules(params: Params) -> verdicts.Rules:
    settings = params.experiment
    return verdicts.Rules(
        alpha=settings.alpha, power=settings.power, margin=settings.margin, min_objects=settings.min_task_objects
    )


def _comparisons(params: Params, outcomes: Sequence[TaskOutcomes]) -> tuple[verdicts.Comparison, ...]:
    settings = params.experiment
    arms = list(dict.fromkeys(arm for task in outcomes for arm in task.predicted))
    return verdicts.plan(
        arms, settings.primary, settings.controls, counterparts(params.arms), settings.controls.get(OTHERS)
    )


def _verdicts(
    tasks: Sequence[TaskOutcomes], comparisons: Sequence[verdicts.Comparison], rules: verdicts.Rules
) -> StudyVerdict:
    return verdicts.compare(tasks, comparisons, rules, seed=seeds.derive(0, "max-t"))


def _test_set(params: Params, photographs: Prepared) -> str:
    rows = [row for fold in params.folds for row in photographs.members(fold, "test")]
    return ledger.test_digest(photographs.ids[rows])
