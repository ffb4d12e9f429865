import numpy as np
import pytest

from kilnmix.config import Arm
from kilnmix.experiment import champion
from kilnmix.experiment.scores import TaskOutcomes


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


def test_of_equals_the_one_without_synthetic_images_is_taken() -> None:
    assert champion.choose({"mix": 0.5, "real": 0.5, "other": 0.4}) == "real"
    assert champion.choose({"mix": 0.6, "real": 0.5}) == "mix"


def test_what_the_folds_found_is_averaged() -> None:
    one = Arm(source="synthetic", share={"type": 0.2}, task_weights={"type": 4.0})
    two = Arm(source="synthetic", share={"type": 0.1, "glaze": 0.1})
    found = champion.average([one, two], ["glaze", "type"])
    assert found.share == {"glaze": pytest.approx(0.05), "type": pytest.approx(0.15)}
    assert found.task_weights == {"glaze": 1.0, "type": pytest.approx(2.0)}
