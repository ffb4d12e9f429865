from typing import Any

import numpy as np
import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Arm
from kilnmix.experiment import champion
from kilnmix.statistics.paired import Paired
from kilnmix.statistics.scores import TaskOutcomes


def outcomes(task: str, **answers: list[int]) -> TaskOutcomes:
    predicted = {arm: np.array(row)[None, None] for arm, row in answers.items()}
    return TaskOutcomes(
        task, ("a", "b"), (0, 1), np.array([0, 0, 1, 1]), np.arange(4), np.zeros(4, int), np.ones(4), predicted
    )


def test_only_arms_that_learn_every_task_are_candidates() -> None:
    # One of four wrong: F1 of 0.8 (three taken for b) and 2/3.
    found = champion.validation_scores(
        [outcomes("glaze", real=[0, 1, 1, 1], only=[0, 0, 1, 1]), outcomes("type", real=[0, 0, 1, 1])]
    )
    assert found == {"real": pytest.approx(((0.8 + 2 / 3) / 2 + 1) / 2)}


def test_the_best_arm_that_beats_real_by_a_standard_error_is_chosen() -> None:
    scores = {"real": 0.5, "mix-95-5": 0.6, "searched": 0.55}
    clear, noise = Paired(0.1, 0.05), Paired(0.1, 0.2)
    assert champion.choose(scores, {"mix-95-5": clear, "searched": clear}) == "mix-95-5"
    assert champion.choose(scores, {"mix-95-5": noise, "searched": clear}) == "searched"
    assert champion.choose(scores, {"mix-95-5": noise, "searched": noise}) == "real"
    assert champion.choose({"mix-95-5": 0.6, "real-searched": 0.6}, {}) == "real-searched"
    with pytest.raises(UserError, match="no label"):
        champion.choose({}, {})


def test_folds_count_equally_and_one_without_labels_not_at_all() -> None:
    scores = champion.mean([{"real": 0.4, "mix-95-5": 0.5}, {}, {"real": 0.8, "mix-95-5": 0.5}])
    assert scores == pytest.approx({"real": 0.6, "mix-95-5": 0.5})
    assert champion.mean([{}]) == {}
    assert champion.mean([{"only": 0.9, "real": 0.5}, {"real": 0.7}]) == pytest.approx({"real": 0.6})


def test_what_the_folds_searches_found_is_averaged() -> None:
    found = [
        Arm(source="synthetic", share={"glaze": 0.2, "type": 0.0}, task_weights={"glaze": 1.0, "type": 0.5}),
        Arm(source="none", share={"glaze": 0.0, "type": 0.0}, task_weights={"glaze": 1.0, "type": 2.0}),
    ]
    arm = champion.average(found, ["glaze", "type"])
    assert arm.source == "synthetic"
    assert arm.share == pytest.approx({"glaze": 0.1, "type": 0.0})
    assert arm.task_weights["type"] == pytest.approx(np.sqrt(0.5 * 2.0))
    repeated = [each if each.source == "none" else each.model_copy(update={"source": "repeat"}) for each in found]
    assert champion.average(repeated, ["glaze", "type"]).source == "repeat"


def test_how_images_are_used_follows_from_the_folds_that_adopted_some() -> None:
    mixed: dict[str, Any] = {"source": "synthetic", "share": {"type": 0.3}}
    found = [
        Arm(),
        Arm(**mixed, synthetic_weight=0.25, allocation="rare-first", mode="replace"),
        Arm(**mixed, synthetic_weight=1.0, allocation="rare-first", mode="replace"),
    ]
    arm = champion.average(found, ["type"])
    assert arm.synthetic_weight == pytest.approx(0.5)  # the root of 0.25 times 1
    assert (arm.allocation, arm.mode) == ("rare-first", "replace")
    assert arm.share == {"type": pytest.approx(0.2)}
    assert champion.average([Arm(), Arm()], ["type"]) == Arm(task_weights={"type": 1.0})


def test_refit_takes_more_steps_for_more_photographs_but_at_most_twice_as_many() -> None:
    assert [champion.steps(250, everything, 400) for everything in (400, 500, 700, 1400)] == [250, 312, 438, 500]
    assert champion.steps(250, 300, 400) == 250


def test_the_augmentation_that_most_folds_found_is_taken() -> None:
    kinds = [
        {"augment": "paper", "mix": "none", "mix_alpha": 0.2},
        {"augment": "strong", "mix": "mixup", "mix_alpha": 0.3},
        {"augment": "strong", "mix": "mixup", "mix_alpha": 0.9},
    ]
    arms = [Arm(task_weights={"type": 1.0}, classifier=kind) for kind in kinds]
    assert champion.average(arms, ["type"]).classifier == kinds[1]
    assert champion.average([Arm(), Arm()], ["type"]).classifier == {}
