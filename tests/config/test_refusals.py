"""Settings that will not do, told to whoever set them."""

from __future__ import annotations

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config.params import parse
from tests.config.test_params import mapping


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"folds": 0}, "folds: should be a list in brackets, such as [0] or [type]\n"),
        ({"adapters": "[0,1"}, "adapters: should be a list in brackets, such as [0] or [type]\n"),
        ({"adapters": []}, "adapters: should list at least 1, but lists 0\n"),
        ({"classifier": {"steps": "many"}}, "classifier.steps: should be a whole number, such as 3\n"),
        ({"classifier": {"steps": 2.5}}, "classifier.steps: should be a whole number, such as 3\n"),
        ({"classifier": {"learning_rate": "fast"}}, "classifier.learning_rate: should be a number, such as 0.5\n"),
        ({"generator": {"offline": "perhaps"}}, "generator.offline: should be true or false\n"),
        ({"generator": {"base": 5}}, "generator.base: should be a text\n"),
        ({"collection": {"folder": ["x"]}}, "collection.folder: should be the path of a file or a folder\n"),
        ({"arms": {"real": 3}}, "arms.real: should be a group of settings, a line for each below it\n"),
        ({"classifier": {"imbalance": "odd"}}, "classifier.imbalance: should be '"),
    ],
)
def test_a_value_of_another_kind_is_told_without_words_of_programmers(changes: dict, said: str) -> None:
    with pytest.raises(UserError) as told:
        parse(mapping(**changes), "params.yaml")
    assert f"  {said}" in str(told.value)


def lines(changes: dict) -> list[str]:
    with pytest.raises(UserError) as told:
        parse(mapping(**changes), "params.yaml")
    return [line.strip() for line in str(told.value).splitlines()[1:-1]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"search": {"space": {"share": "much"}}},
            "search.space.share: should be a list in brackets, such as [0] or [type], or a number, such as 0.5",
        ),
        ({"search": {"space": {"share": [0.1, "x"]}}}, "search.space.share.1: should be a number, such as 0.5"),
        ({"search": {"space": {"share": [0.1]}}}, "search.space.share.1: is missing from the list"),
        ({"pool_folds": ["x"]}, "pool_folds.0: should be a whole number, such as 3, or 'all'"),
        ({"folds": ["a"]}, "folds.0: should be a whole number, such as 3"),
        ({"experiment": {"control": {"mix": 1}}}, "experiment.control.mix: should be a text"),
        ({"arms": {"real": {"share": {"type": "x"}}}}, "arms.real.share.type: should be a number, such as 0.5"),
    ],
)
def test_a_setting_that_may_be_of_several_kinds_is_one_line(changes: dict, said: str) -> None:
    """Without the names that pydantic gives to the kinds, and without what follows from another fault."""
    assert lines(changes) == [said]


def test_an_arms_own_recipe_is_told_by_its_place() -> None:
    arms = {**mapping()["arms"], "real": {"classifier": {"steps": "few"}}}
    first, second = lines({"arms": arms})
    assert first.endswith("arms.real.classifier will not do:")
    assert second == "steps: should be a whole number, such as 3"
