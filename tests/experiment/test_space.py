from typing import Any

import optuna
import pytest

from kilnmix.config import Arm
from kilnmix.experiment.space import Space, columns
from tests import composed

TASKS = ("glaze", "type")


def space(synthetic: bool = True, **changes: Any) -> Space:
    made = composed.settings(search={"space": changes})
    return Space(synthetic, TASKS, made.search, made.classifier)


def asked(made: Space, **params: Any) -> Arm:
    return made.suggest(optuna.trial.FixedTrial(params))  # type: ignore[arg-type]


FREE = {"share.glaze": 0.2, "share.type": 0.0, "weight.type": 2.0}


def test_free_parameters_are_asked_for_and_make_an_arm() -> None:
    made = space(allocation=["as-real", "rare-first"])
    assert asked(made, **FREE, synthetic_weight=0.5, allocation="rare-first") == Arm(
        source="synthetic",
        share={"glaze": 0.2, "type": 0.0},
        task_weights={"glaze": 1.0, "type": 2.0},
        synthetic_weight=0.5,
        allocation="rare-first",
    )


def test_what_is_fixed_is_not_asked_for() -> None:
    made = space(share=0.3, weight=1.0, synthetic_weight=0.5, mode="replace")
    assert asked(made) == Arm(
        source="synthetic",
        share={"glaze": 0.3, "type": 0.3},
        task_weights={"glaze": 1.0, "type": 1.0},
        synthetic_weight=0.5,
        allocation="rare-first",
        mode="replace",
    )
    assert made.starts() == []


def test_shares_of_nothing_are_an_arm_without_images() -> None:
    none = asked(space(), **{**FREE, "share.glaze": 0.0}, synthetic_weight=0.5)
    assert none == Arm(task_weights={"glaze": 1.0, "type": 2.0})
    assert asked(space(False), **{"weight.type": 2.0}) == none


@pytest.mark.parametrize(
    ("share", "starts"), [([0.0, 0.6], [0.1, 0.0, 0.05, 0.4]), ([0.1, 0.3], [0.1, 0.3]), ([0.0, 0.05], [0.05, 0.0])]
)
def test_the_first_trials_lie_within_the_space(share: list[float], starts: list[float]) -> None:
    own = space(share=share, synthetic_weight=[0.25, 0.8]).starts()
    assert [start["share.type"] for start in own] == starts
    assert {start["weight.type"] for start in own} == {1.0}
    assert {start["synthetic_weight"] for start in own} == {0.8}


def test_without_images_the_baseline_alone_begins() -> None:
    assert space(False).starts() == [{"weight.type": 1.0}]


def test_arms_as_rows() -> None:
    made = space()
    arm = asked(made, **FREE, synthetic_weight=0.5)
    assert columns(made, [arm, Arm()]) == [
        {"share.glaze": 0.2, "share.type": 0.0, "weight.glaze": "1", "weight.type": "2", "synthetic_weight": 0.5},
        {"share.glaze": 0.0, "share.type": 0.0, "weight.glaze": "1", "weight.type": "1", "synthetic_weight": 1.0},
    ]
