from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kilnmix.config import Arm
from kilnmix.experiment.trial_runner import TrialRunner
from kilnmix.experiment.trials import Objective, Trial
from kilnmix.statistics.paired import Paired
from tests import composed


class Told(TrialRunner):
    """A runner whose play-off is told instead of trained."""

    told: Paired

    def against(self, real: Trial, best: Trial, seeds: Sequence[int]) -> tuple[float, Paired]:
        return 0.49, self.told


def tryout(told: Paired) -> Told:
    made = Told(
        cast(Any, SimpleNamespace(fold=0)), cast(Any, None), composed.settings().classifier, 0, Objective(("type",))
    )
    object.__setattr__(made, "told", told)
    return made


SCORES = [0.50, 0.48, 0.53, 0.51]
MIXED = [Trial("searched", n, Arm(source="synthetic", share=0.1 * (n + 1)), score) for n, score in enumerate(SCORES)]
PLAIN = [Trial("real-searched", n, Arm(task_weights={"type": 1.0 + n}), score) for n, score in enumerate(SCORES)]


@pytest.mark.parametrize(
    ("told", "share"), [(Paired(0.02, 0.01), 0.3), (Paired(0.01, 0.02), 0.0), (Paired(-0.02, 0.01), 0.0)]
)
def test_the_best_trial_has_to_beat_real_by_more_than_a_standard_error(told: Paired, share: float) -> None:
    taken = tryout(told).playoff(MIXED, (1, 2))
    best = taken.trial
    assert (taken.best.number, taken.margin) == (2, told)
    assert taken.row["adopted"] == ("best" if share else "real")
    assert (best.arm.share, best.arm.source) == (pytest.approx(share), "synthetic" if share else "none")
    assert best.score == (0.53 if share else 0.49)


def test_a_recipe_of_reals_that_is_best_needs_no_playoff() -> None:
    taken = tryout(Paired(0, 1)).playoff(PLAIN[:2], (1, 2))
    assert (taken.trial.number, taken.margin) == (0, None)
    assert list(taken.row.values()) == ["real-searched", 0, "real", *[""] * 6]


def test_the_finalists_are_real_and_the_best() -> None:
    assert [trial.number for trial in TrialRunner.finalists(PLAIN)] == [0, 2]
    assert [trial.number for trial in TrialRunner.finalists(PLAIN[:2])] == [0]
    real, best = TrialRunner.finalists(MIXED)
    assert (real.number, real.arm, best.number) == (4, Arm(), 2)
    # Where a trial without images was tried, that is `real`.
    tried = Trial("searched", 4, Arm(), 0.52)
    assert TrialRunner.finalists([*MIXED, tried])[0] is tried
