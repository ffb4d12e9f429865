from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config.composition import compose
from kilnmix.config.overrides import Override, nearest, quoted
from tests.composed import CONF


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("sd15", "sd15"),
        ("0.5", "0.5"),
        ("", ""),
        ("out/refit", "out/refit"),
        ("${seed}", "${seed}"),
        ("str(5)", "str(5)"),
        ("[a,b]", "[a,b]"),
        ("{a: 1}", "{a: 1}"),
        ("'a, b'", "'a, b'"),
        ("Photo (file)", "'Photo (file)'"),
        ("Photo No. #", "'Photo No. #'"),
        ("Inv, no", "'Inv, no'"),
        ("it's", r"'it\'s'"),
        ("a\\", "'a\\\\'"),
        ('"x" y', "'\"x\" y'"),
        ("[x] y", "'[x] y'"),
        ("年代", "'年代'"),
        ("[年代, 3, null, a (b)]", "['年代',3,null,'a (b)']"),
    ],
)
def test_a_value_is_the_text_that_it_is(value: str, taken: str) -> None:
    assert quoted(value) == taken


@pytest.mark.parametrize(
    "heading", ["Photo (file)", "Photo No. #", "Inv, no", "it's", 'the "old" no', "a=b", "a: b", "[No]. x", "{x", "a\\"]
)
def test_ordinary_headings_need_no_quotes(heading: str) -> None:
    _, params = compose([f"collection.columns.object={heading}", f"collection.columns.tasks.glaze={heading}"], CONF)
    assert (params.collection.columns.object, params.collection.columns.tasks["glaze"]) == (heading, heading)


def test_tasks_of_any_name() -> None:
    _, params = compose(["collection.tasks=[年代, 'a, b']", "collection.columns.tasks.年代='年 代 (新)'"], CONF)
    assert params.collection.tasks == ("年代", "a, b")
    assert params.collection.columns.tasks == {"年代": "年 代 (新)"}


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ["clasifier.steps=5", "seed=3"],
            "There is no setting clasifier.steps. The nearest is classifier.steps: "
            "`kilnmix compose classifier.steps=5 seed=3`.",
        ),
        (
            ["profile=sd51"],
            "There is no profile 'sd51': there are demo, photographs, sd15, sdxl, smoke. "
            "The nearest is `kilnmix compose profile=sd15`.",
        ),
        (["experiment=foo"], "There is no experiment 'foo': there are default, paper, smoke."),
        (["profil=demo"], "There is no setting profil. The nearest is profile: `kilnmix compose profile=demo`."),
        (
            ["report.nothing.at=1"],
            "There is no setting report.nothing.at. report has language.",
        ),
        (["xyz=1"], "There is no setting xyz. params.yaml holds all that there are."),
        (
            ["steps=5"],
            "There is no setting steps. The nearest are classifier.steps, generator.lora.steps, generator.draw.steps.",
        ),
        (
            ["classifier.task_weights.glaze=2"],
            "There is no setting classifier.task_weights.glaze yet. To add it: "
            "`kilnmix compose +classifier.task_weights.glaze=2`.",
        ),
        (["a b"], "'a b' sets nothing. Write NAME=VALUE, such as `kilnmix compose classifier.steps=500`."),
        (
            ["+clasifier.steps=5"],
            "conf/ with +clasifier.steps=5 has settings that will not do:\n"
            "  clasifier: there is no such setting; the nearest is classifier\nMend them on the command line.",
        ),
    ],
)
def test_what_there_is_not_is_said_in_a_sentence(overrides: list[str], said: str) -> None:
    with pytest.raises(UserError) as caught:
        compose(overrides, CONF)
    assert str(caught.value) == said


def test_a_list_of_choices_is_hydras_affair(tmp_path: Path) -> None:
    _, params = compose(["arms=[default,few-shot]"], CONF)
    assert {"mix-90-10", "real-tail-8"} <= set(params.arms)


def test_an_override_is_written_as_it_was_given() -> None:
    for text in ("a.b=1", "+a=", "++a=b=c", "~a", "~a=3"):
        assert str(Override.parse(text)) == text


def test_the_nearest_names() -> None:
    assert nearest("a.stps", ["a.steps", "b.size"]) == ["a.steps"]
    assert nearest("size", ["x.y.size", "b.size"]) == ["b.size", "x.y.size"]
    assert nearest("size", ["steps"]) == []
