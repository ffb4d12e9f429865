from dataclasses import replace

import numpy as np
import pytest

from kilnmix.statistics import scores
from kilnmix.statistics.frequency import macro_f1
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.selection import Selection, crossed


def outcomes(answers: dict[str, np.ndarray], truth: np.ndarray) -> TaskOutcomes:
    count = len(truth)
    return TaskOutcomes(
        task="type",
        classes=("bowl", "jar"),
        scored=(0, 1),
        truth=truth,
        objects=np.arange(count),
        folds=np.zeros(count, np.int64),
        weights=np.ones(count),
        predicted={name: row[None, None] for name, row in answers.items()},
    )


def test_a_setting_that_is_better_everywhere_keeps_its_lead() -> None:
    truth = np.arange(40) % 2
    answers = {"real": np.zeros(40, np.int64), "good": truth, "bad": 1 - truth}
    found = crossed([outcomes(answers, truth)], ["bad", "good"], "real", np.random.default_rng(0))
    # All bowls: F1 2/3 for bowls and 0 for jars. All right: 1.
    assert found == Selection(pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.share == pytest.approx(0)


def test_the_lead_of_the_luckiest_of_equal_settings_is_selection() -> None:
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(20):
        truth = rng.integers(0, 2, 120)
        # Each setting is right for 70 % of the photographs, and has nothing over `real` but luck.
        answers = {f"{n}": np.where(rng.random(120) < 0.7, truth, 1 - truth) for n in range(20)}
        settings = [name for name in answers if name != "0"]
        found = crossed([outcomes(answers, truth)], settings, "0", rng, dealings=2)
        assert found.crossed <= found.lead
        shares.append((found.lead, found.crossed))
    leads, rest = np.mean(shares, axis=0)
    assert leads > 0.06, "the best of nineteen is ahead of a twentieth by nearly two standard deviations of 4 points"
    assert abs(rest) < 0.025


def test_without_a_lead_there_is_nothing_but_selection() -> None:
    assert Selection(-0.01, -0.02).share == 1.0
    assert Selection(0.04, 0.01).share == pytest.approx(0.75)
    assert Selection(0.04, 0.05).share == 0.0
    assert Selection(0.04, -0.05).share == 1.0


def test_the_best_is_chosen_as_the_search_chooses_it() -> None:
    # Three photographs of one bowl, one each of two others, two jars. In the search every photograph counts alike, in
    # the study's score every object.
    truth = np.array([0, 0, 0, 0, 0, 1, 1])
    answers = {
        "real": np.ones(7, np.int64),
        "many views": np.array([0, 0, 0, 1, 1, 1, 1]),
        "two objects": np.array([1, 1, 1, 0, 0, 1, 1]),
    }
    objects, weights = np.array([0, 0, 0, 1, 2, 3, 4]), np.array([1 / 3] * 3 + [1.0] * 4)
    task = replace(outcomes(answers, truth), objects=objects, weights=weights)
    # Of five bowls three are found, or two: F1 of bowls 3/4 and 4/7; jars have two or three false ones: 2/3 and 4/7.
    found = {name: macro_f1(truth, answers[name], 2) for name in ("many views", "two objects")}
    assert found == {"many views": pytest.approx((3 / 4 + 2 / 3) / 2), "two objects": pytest.approx(4 / 7)}
    assert scores.score(task, "many views") < scores.score(task, "two objects")
    lead = crossed([task], ["two objects", "many views"], "real", np.random.default_rng(0), dealings=1).lead
    assert lead == pytest.approx(scores.score(task, "many views") - scores.score(task, "real"))
