"""Settings of arms, of the study and of the search."""

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Arm
from tests.composed import settings


def test_an_arms_share_must_match_its_source() -> None:
    with pytest.raises(ValueError, match="has share 0"):
        Arm(source="none", share=0.1)
    with pytest.raises(ValueError, match="needs a share"):
        Arm(source="synthetic")
    assert Arm(source="repeat", share={"type": 0.1}).share == {"type": 0.1}


def test_what_an_arm_changes_must_be_there_to_be_changed() -> None:
    plain: dict = {"arms": {"real": {}}, "experiment": {"primary": [], "control": "real"}}
    with pytest.raises(UserError, match=r"arms.odd.classifier will not do:\n *stps: there is no such setting"):
        settings(**plain | {"arms": {"odd": {"classifier": {"stps": 3}}, "real": {}}})
    for odd in ({"tasks": ["colour"]}, {"tail": {"colour": 2}}):
        with pytest.raises(UserError, match="names colour"):
            settings(**plain | {"arms": {"odd": odd, "real": {}}})
    with pytest.raises(ValueError, match="go together"):
        Arm(source="retrieved", share=0.1)


def test_an_arm_that_leaves_something_out_is_not_to_be_taken_away() -> None:
    assert Arm().whole
    assert Arm(classifier={"freeze": 1.0}).whole
    assert not any(arm.whole for arm in (Arm(photographs=0.5), Arm(tail={"type": 1}), Arm(tasks=("type",))))


def test_an_arm_takes_the_recipe_with_its_own_changes() -> None:
    recipe = settings().classifier
    assert Arm().recipe(recipe) is recipe
    changed = Arm(classifier={"freeze": 1.0}).recipe(recipe)
    assert changed == recipe.model_copy(update={"freeze": 1.0})
    assert not Arm(classifier={"freeze": 1.0}).plain and not Arm(source="synthetic", share=0.1, aligned="less").plain
    with pytest.raises(ValueError, match="aligned"):
        Arm(source="repeat", share=0.1, aligned="more")


def test_one_control_for_all_stands_under_default() -> None:
    study = settings().experiment
    assert study.model_copy(update={"control": "repeat"}).controls == {"default": "repeat"}
    assert study.model_copy(update={"control": {"mix": "repeat"}}).controls == {"mix": "repeat"}
