import pytest

from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError
from kilnmix.generator.captions import Template, standard, variants, words_of

TASKS = (
    Task("glaze", ("celadon", "blue-and-white"), {"celadon": "celadon", "blue-and-white": "blue and white"}),
    Task("type", ("bowl", "jar"), {"bowl": "bowl", "jar": "jar"}),
)
TEXT = "a photograph of a {type}, {glaze} glaze"


def test_a_label_that_is_not_known_is_left_out_with_its_words() -> None:
    template = Template.parse(TEXT, ["glaze", "type"])
    assert template.fill(words_of(TASKS, (1, 0))) == "a photograph of a bowl, blue and white glaze"
    assert template.fill(words_of(TASKS, (-1, 1))) == "a photograph of a jar"
    assert template.fill(words_of(TASKS, (0, -1))) == "celadon glaze"


def test_variants_begin_with_the_full_caption_and_leave_out_one_term_each() -> None:
    template = Template.parse(TEXT, ["glaze", "type"])
    assert variants(template, {"glaze": "celadon", "type": "bowl"}) == [
        "a photograph of a bowl, celadon glaze",
        "a photograph of a bowl",
        "celadon glaze",
    ]
    assert variants(template, {"type": "bowl"}) == ["a photograph of a bowl"]


def test_a_free_description_stands_beside_the_labels_or_in_their_place() -> None:
    template = Template.parse("a {type}", ["type"])
    assert variants(template, {"type": "bowl"}, ("grey backdrop",), "with a chipped rim") == [
        "a bowl, with a chipped rim, grey backdrop",
        "a bowl, grey backdrop",
        "a bowl, with a chipped rim",
    ]
    alone = variants(template, {"type": "bowl"}, ("grey backdrop",), "a chipped bowl", alone=True)
    assert alone == ["a chipped bowl, grey backdrop", "a chipped bowl"]
    assert variants(template, {"type": "bowl"}, alone=True) == ["a bowl"]


def test_tasks_that_the_caption_does_not_name_are_told() -> None:
    assert Template.parse("a {type}, on grey", ["glaze", "type"]).unnamed(["glaze", "type"]) == ["glaze"]
    assert Template.parse(TEXT, ["glaze", "type"]).unnamed(["glaze", "type"]) == []


def test_the_standard_caption_names_every_task() -> None:
    porcelain = "a photograph of a {type}, {glaze} glaze, {kiln} kiln, {dynasty} dynasty"
    assert standard(["dynasty", "glaze", "kiln", "type"]) == porcelain
    assert standard(["colour, body", "type"]) == "a photograph of a {type}, {colour, body} colour body"
    names = ["no", "1", "colour, body", "glaze: main"]
    template = Template.parse(standard(names), names)
    assert template.unnamed(names) == []
    assert template.fill({"colour, body": "red {}", "no": "x"}) == "a photograph, x no, red {} colour body"
    with pytest.raises(UserError, match="brace"):
        standard(["{glaze}"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a {type} with {glaze}", "names 2 tasks"),
        ("a pot", "names no task"),
        ("a {type}, {kiln} kiln", r"generator\.caption names \{kiln\}, which is no task.*glaze, type"),
    ],
)
def test_templates_that_cannot_work_are_refused(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        Template.parse(text, ["glaze", "type"])
