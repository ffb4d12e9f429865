from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kilnmix.config import Arm
from kilnmix.experiment.search import Trial
from kilnmix.experiment.trial_runner import TrialRunner
from tests import composed


class Told(TrialRunner):
    """A tryout whose scores are told instead of trained."""

    told: dict[int, float]

    def scores(self, study: str, seeds: Sequence[int], trials: Sequence[tuple[int, Arm]]) -> list[float]:
        return [self.told[number] for number, _ in trials]


def tryout(told: dict[int, float]) -> Told:
    made = Told(cast(Any, SimpleNamespace(fold=0)), cast(Any, None), composed.settings().classifier, 0)
    object.__setattr__(made, "told", told)
    return made


TRIALS = [Trial("searched", number, Arm(), score) for number, score in enumerate([0.50, 0.48, 0.53, 0.51])]


@pytest.mark.parametrize(
    ("told", "winner"),
    [({0: 0.52, 2: 0.51}, 0), ({0: 0.50, 2: 0.51}, 2), ({0: 0.50, 2: 0.50}, 0)],
)
def test_the_best_trial_has_to_beat_the_baseline_again(told: dict[int, float], winner: int) -> None:
    assert tryout(told).playoff(TRIALS, (1, 2)).number == winner


def test_without_further_seeds_the_highest_score_decides() -> None:
    assert tryout({}).playoff(TRIALS, ()).number == 2


def test_a_baseline_that_is_best_needs_no_playoff() -> None:
    assert tryout({}).playoff(TRIALS[:2], (1, 2)).number == 0


def test_the_finalists_are_the_baseline_and_the_best() -> None:
    assert [trial.number for trial in TrialRunner.finalists(TRIALS)] == [0, 2]
    assert [trial.number for trial in TrialRunner.finalists(TRIALS[:2])] == [0]
