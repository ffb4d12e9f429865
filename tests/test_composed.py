import pytest

from kilnmix.common.errors import UserError
from tests.composed import mapping


def test_changes_reach_single_settings_and_replace_arms(settings) -> None:
    params = settings(
        "profile=demo", classifier={"steps": 6}, arms={"real": {}}, experiment={"primary": [], "control": {}}
    )
    assert (params.classifier.steps, params.classifier.size) == (6, 64)
    assert list(params.arms) == ["real"]
    assert params.experiment.seeds == (0, 1, 2)


def test_a_change_leaves_the_next_composition_alone(settings) -> None:
    mapping(classifier={"steps": 6})["classifier"]["size"] = 1
    assert mapping()["classifier"]["steps"] == settings().classifier.steps != 6


def test_a_change_that_will_not_do_is_refused(settings) -> None:
    with pytest.raises(UserError, match=r"classifier\.stps: there is no such setting"):
        settings(classifier={"stps": 6})
