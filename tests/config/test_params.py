import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from kilnmix.common.errors import UserError
from kilnmix.config import Params, load, parse
from kilnmix.config.composition import compose
from tests.composed import CONF, mapping, settings, text


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
        ({"refit_arm": "mix-60-4"}, "refit_arm names 'mix-60-4', which is not in arms. Set it to one of "),
        (
            {"refit_arm": "few", "arms": {"few": {"photographs": 0.5}}, "experiment": {"primary": [], "control": {}}},
            "learns a part of the photographs",
        ),
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
        ({"experiment": {"looks": {"seeds": [1], "alpha": [0.05]}}}, "the last look reads 1 seeds"),
        ({"experiment": {"looks": {"seeds": [1, 2], "alpha": [0.05]}}}, "a number of seeds and a level of its own"),
        ({"experiment": {"seeds": [0, 1], "looks": {"seeds": [1, 2], "alpha": [0.01, 0.01]}}}, "sum to 0.02"),
        ({"looks": [{"number": 0, "after": "conf/looks"}]}, "looks are not the 0 looks on the way"),
        ({"extended": "out/extend"}, "extended must be conf/looks"),
        ({"search": {"seeds": [0], "playoff": [0, 1]}}, "luck would decide twice"),
        ({"search": {"space": {"weight": [2, 0.5]}}}, "weight is .lowest, highest"),
        ({"search": {"space": {"share": [0.4, 0.1]}}}, "share is .lowest, highest"),
        ({"search": {"space": {"allocation": []}}}, "allocation names no choice"),
        ({"search": {"max_share": 0.4}}, "search.max_share: is called search.space.share now"),
        ({"generator": {"draw": {"scheduler": "ddim", "spacing": 2}}}, "needs the scheduler dpm\\+\\+"),
    ],
)
def test_settings_that_do_not_hang_together(changes: dict, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse(mapping(**changes), "params.yaml")


def test_the_three_looks_are_a_plan() -> None:
    planned = settings("looks=three")
    assert planned.experiment.waves == ((0, 1, 2), (3, 4), (5, 6, 7))
    assert [str(look.after) for look in planned.looks] == ["conf/looks", "out/extend/0"]
    assert settings().experiment.waves == (settings().experiment.seeds,)


def test_an_arm_to_take_away_is_asked_for_without_arms_too() -> None:
    with pytest.raises(UserError, match="refit_arm names 'real', which is not in arms"):
        parse({**mapping(), "refit_arm": "real", "arms": {}}, "params.yaml")


def test_a_missing_setting_is_named_with_the_command_that_writes_it() -> None:
    shortened = mapping()
    del shortened["classifier"]["probe"]
    with pytest.raises(UserError, match=r"classifier\.probe: is missing; `kilnmix compose` writes it"):
        parse(shortened, "params.yaml")


def groups(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The groups of settings within a group, to any depth; arms are defined by what sets them apart."""
    yield kind
    for field in kind.model_fields.values():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from groups(inner)


def test_no_value_of_a_setting_stands_outside_of_conf() -> None:
    found = list(groups(Params))
    assert len(found) > 12
    assert [
        f"{group.__name__}.{name}"
        for group in found
        for name, field in group.model_fields.items()
        if not field.is_required()
    ] == []


@pytest.mark.parametrize(("old", "new"), [("pools", "pool_folds"), ("search.steps", "search.step_share")])
def test_a_renamed_setting_is_told_its_new_name(old: str, new: str) -> None:
    former = mapping()
    place = former
    for name in old.split(".")[:-1]:
        place = place[name]
    place[old.rpartition(".")[2]] = place.pop(new.rpartition(".")[2])
    with pytest.raises(UserError, match=f"{old}: is called {new} now"):
        parse(former, "params.yaml")


@pytest.mark.parametrize(("text", "said"), [("a: [", "cannot be read as YAML"), ("7", "holds no settings")])
def test_files_that_hold_no_settings(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError, match=said):
        load(tmp_path / "params.yaml")
    with pytest.raises(UserError, match=r"There is no .*none.yaml here"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("gbk", "line 2 is not in UTF-8, but probably in GBK"),
        ("utf-16", "it is in UTF-16"),
        ("cp1252", "line 2 is not"),
    ],
)
def test_settings_that_are_not_utf8_are_a_sentence(tmp_path: Path, encoding: str, said: str) -> None:
    comment = "r\xe9glages" if encoding == "cp1252" else "青花瓷的参数"
    (tmp_path / "params.yaml").write_bytes(f"seed: 1\n# {comment}\n".encode(encoding))
    with pytest.raises(UserError, match=f"params.yaml cannot be read as a text in UTF-8 .{said}"):
        load(tmp_path / "params.yaml")


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_file_of_conf_that_is_not_utf8_is_named(tmp_path: Path, encoding: str) -> None:
    shutil.copytree(CONF, tmp_path / "conf")
    profile = tmp_path / "conf" / "profile" / "demo.yaml"
    profile.write_bytes(("# 青花\n" + profile.read_text(encoding="utf-8")).encode(encoding))
    with pytest.raises(UserError, match=r"conf/profile/demo.yaml cannot be read as a text in UTF-8"):
        compose([], tmp_path / "conf")


def test_a_byte_order_mark_and_the_line_ends_of_windows_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"\xef\xbb\xbf" + text().replace("\n", "\r\n").encode())
    assert load(tmp_path / "params.yaml") == settings()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("seed: 1\nseed: 2\n", "'seed' stands twice"), ("seed: 2026-13-45\n", "month must be"), ("seed: [\n", "YAML"),
        ("a: " + "[" * 100_000, "YAML"), ("a: " + "[" * 100_000 + "]" * 100_000, "nested more"), ("- 1", "no settings"),
        ("\0", "YAML"), ("", "no settings"), ('a: !!int ""', "YAML"), ("&a [*a]", "no settings"),
    ],
)  # fmt: skip
def test_settings_that_are_no_yaml_are_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "params.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=rf"params\.yaml .*{said}"):
        load(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"seed": "abc"}, "seed"), ({"seed": True}, "seed"), ({"seed": 1.5}, "seed"), ({"folds": 0}, "folds"),
        ({"collection": {"size": "96px"}}, "collection.size"), ({"report": {"language": "EN"}}, "language"),
        ({"generator": {"lora": {"learning_rate": "3e-3x"}}}, "rate"), ({"generator": {"size": [64]}}, "size"),
        ({"generator": {"lora": {"snr_gamma": "None"}}}, "snr_gamma"), ({"collection": {"tasks": "type"}}, "tasks"),
        ({"arms": []}, "arms"), ({"classifier": None}, "classifier"), ({"tracking": {"folder": 3}}, "tracking.folder"),
        ({"collection": {"min_side": False}}, "min_side"), ({"collection": {"split": {"test": "63%"}}}, "split.test"),
    ],
)  # fmt: skip
def test_values_of_wrong_types_are_named(changes: dict, where: str) -> None:
    with pytest.raises(UserError, match=rf"settings that will not do:\n  \S*{where}\S*: "):
        parse(mapping(**changes), "params.yaml")
