import numpy as np
import pytest

from kilnmix.config import Arm
from kilnmix.errors import UserError
from kilnmix.experiment import champion


def test_the_best_arm_is_chosen_and_of_equals_one_without_synthetic_images() -> None:
    assert champion.choose({"real": 0.5, "mix-95-5": 0.6, "searched": 0.55}) == "mix-95-5"
    assert champion.choose({"mix-95-5": 0.6, "real": 0.6}) == "real"
    with pytest.raises(UserError, match="no label"):
        champion.choose({})


def test_folds_count_equally_and_one_without_labels_not_at_all() -> None:
    scores = champion.mean([{"real": 0.4, "mix-95-5": 0.5}, {}, {"real": 0.8, "mix-95-5": 0.5}])
    assert scores == pytest.approx({"real": 0.6, "mix-95-5": 0.5})
    assert champion.mean([{}]) == {}


def test_what_the_folds_searches_found_is_averaged() -> None:
    found = [
        Arm(source="synthetic", share={"glaze": 0.2, "type": 0.0}, task_weights={"glaze": 1.0, "type": 0.5}),
        Arm(source="none", share={"glaze": 0.0, "type": 0.0}, task_weights={"glaze": 1.0, "type": 2.0}),
    ]
    arm = champion.average(found, ["glaze", "type"])
    assert arm.source == "synthetic"
    assert arm.share == pytest.approx({"glaze": 0.1, "type": 0.0})
    assert arm.task_weights["type"] == pytest.approx(np.sqrt(0.5 * 2.0))
