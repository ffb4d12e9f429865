from types import SimpleNamespace
from typing import Any, cast

import pytest

from kilnmix.classifier.results import Evaluation
from kilnmix.config import Arm
from kilnmix.experiment.race import Race
from kilnmix.experiment.trials import Asked, Objective
from tests import composed

RECIPE = composed.settings(classifier={"steps": 20, "evaluations": 2}).classifier
BOTH = Objective(("glaze", "type"))


def metrics(*looks: tuple[int, float], best: int) -> Any:
    curve = tuple(Evaluation(step, score, {"type": score + 0.1, "glaze": score - 0.1}, 0.0) for step, score in looks)
    return cast(Any, SimpleNamespace(curve=curve, best=next(look for look in curve if look.step == best)))


def figures(score: float) -> dict[str, float]:
    return {"loss": 1.0, "validation.f1.type": score + 0.1, "validation.f1.glaze": score - 0.1}


class Judge:
    """Stops a trial at a step, and writes down what it is told."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.told = at, dict[int, float]()

    def race(self, objective: Objective = BOTH) -> Race:
        return Race(Asked(0, Arm(), self), RECIPE, objective)

    def __call__(self, step: int, value: float) -> bool:
        self.told[step] = value
        return step == self.at


def test_a_score_is_the_mean_of_the_best_looks_of_all_seeds() -> None:
    judge = Judge()
    race = judge.race()
    race.ended(metrics((10, 0.2), (20, 0.4), best=20))
    race.ended(metrics((10, 0.6), (20, 0.5), best=10))
    assert race.scored.score == pytest.approx(0.5)
    assert race.scored.f1 == pytest.approx({"type": 0.6, "glaze": 0.4})
    assert (race.scored.seeds, race.scored.pruned) == (2, False)
    # Each look of the first seed; then the mean, counted on from the first seed's steps.
    assert judge.told == pytest.approx({10: 0.2, 20: 0.4, 40: 0.5})
    one = judge.race(Objective(("type",)))
    one.ended(metrics((10, 0.2), (20, 0.4), best=20))
    assert one.scored.score == pytest.approx(0.5)


def test_a_look_that_is_heard_is_not_reported_again() -> None:
    judge = Judge()
    race = judge.race()
    assert not race.hears(5, {"loss": 2.0})
    assert not race.hears(10, figures(0.2))
    judge.told[10] = 99.0
    race.ended(metrics((10, 0.2), (20, 0.4), best=20))
    assert judge.told == pytest.approx({10: 99.0, 20: 0.4})


def test_a_trial_that_is_stopped_has_the_score_of_its_last_look_whether_it_heard_or_not() -> None:
    heard, ended = Judge(10).race(), Judge(10).race()
    assert heard.hears(10, figures(0.2))
    ended.ended(metrics((10, 0.2), (20, 0.4), best=20))
    for race in (heard, ended):
        assert race.stopped
        assert race.scored.score == pytest.approx(0.2)
        assert (race.scored.seeds, race.scored.pruned) == (0, True)


def test_a_trial_that_is_stopped_before_its_second_seed_keeps_its_first() -> None:
    race = Judge(20).race()
    race.ended(metrics((10, 0.5), (20, 0.4), best=10))
    assert race.stopped
    assert (race.scored.score, race.scored.seeds) == (pytest.approx(0.5), 1)


def test_nothing_is_decided_on_looks_of_which_the_first_is_missing() -> None:
    judge = Judge(20)
    race = judge.race()
    assert not race.hears(20, figures(0.4))
    assert judge.told == {}
