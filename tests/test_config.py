from pathlib import Path

import pytest
from pydantic import BaseModel

from kilnmix.common.errors import UserError
from kilnmix.config import Arm, ClassifierSettings, load, parse
from tests.composed import mapping, settings


def test_every_fault_is_named_with_its_place() -> None:
    with pytest.raises(UserError) as caught:
        parse(mapping(clasifier=1, seed="x", collection={"split": {"test": 2}}), "params.yaml")
    text = str(caught.value)
    assert "clasifier: there is no such setting" in text
    assert "collection.split.test: Input should be less than 1" in text
    assert "seed: " in text
    assert text.startswith("params.yaml has settings that will not do")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"folds": [0, 1], "pool_folds": [0]}, "folds \\[1\\] are not among pool_folds"),
        ({"folds": [1], "pool_folds": [1], "refit_pool": 1}, "without gaps"),
        ({"arms": {"real": {}}}, "names the arm 'mix-95-5'"),
        ({"classifier": {"task_weights": {"colour": 2}}}, "classifier.task_weights names colour"),
        ({"classifier": {"patience": 3, "keep": "last"}}, "`patience` waits for better weights"),
        ({"collection": {"split": {"test": 0.9, "val": 0.09}}}, "less than 5 %"),
        ({"collection": {"tasks": []}}, "tasks must be"),
        ({"arms": {"searched": {}}}, "are the search.s own arms"),
        ({"arms": {"real": {}}, "experiment": {"primary": []}}, "control names the arm 'mix-95-5'"),
        ({"arms": {"real": {}}, "experiment": {"primary": [], "control": {"real": "rpeat"}}}, "names the arm 'rpeat'"),
        ({"experiment": {"control": {"real": "real"}}}, "names real as its own control"),
        ({"arms": {"default": {}}}, "stands for arms without a control"),
        ({"experiment": {"primary": [["a", "real"], ["a", "b"]]}}, "primary compares a twice"),
        ({"experiment": {"primary": [["a", "a"]]}}, "an arm with itself"),
        ({"adapters": []}, "adapters: .* at least 1"),
        ({"experiment": {"seeds": [3, 3]}}, "experiment.seeds: names something twice"),
        ({"search": {"seeds": [0], "playoff": [0, 1]}}, "luck would decide twice"),
        ({"search": {"weight_range": [2, 0.5]}}, "lowest, highest"),
        ({"generator": {"draw": {"scheduler": "ddim", "spacing": 2}}}, "needs the scheduler dpm\\+\\+"),
    ],
)
def test_settings_that_do_not_hang_together(changes: dict, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse(mapping(**changes), "params.yaml")


def test_a_missing_setting_is_named_with_the_command_that_writes_it() -> None:
    shortened = mapping()
    del shortened["classifier"]["probe"]
    with pytest.raises(UserError, match=r"classifier\.probe: is missing; `kilnmix compose` writes it"):
        parse(shortened, "params.yaml")


@pytest.mark.parametrize("group", [ClassifierSettings])
def test_no_value_of_a_setting_stands_outside_of_conf(group: type[BaseModel]) -> None:
    assert [name for name, field in group.model_fields.items() if not field.is_required()] == []


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


def test_settings_cannot_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().seed = 1  # type: ignore[misc]


def test_first_pictures_are_never_larger_than_the_others() -> None:
    def sides(size: int, first_size: int | None = None) -> tuple[int, int]:
        return settings(classifier={"size": size, "first_size": first_size}).classifier.sides

    assert sides(size=224, first_size=128) == (128, 224)
    assert sides(size=96, first_size=128) == (96, 96)
    assert sides(size=64) == (64, 64)


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_settings_that_are_not_utf8_are_a_sentence(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "params.yaml").write_bytes("# 参数\nseed: 1\n".encode(encoding))
    with pytest.raises(UserError, match=r"params.yaml is not in UTF-8"):
        load(tmp_path / "params.yaml")
