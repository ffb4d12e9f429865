import pytest

from kilnmix.collection.prepared import Task
from kilnmix.errors import UserError
from kilnmix.generator.captions import Template, variants, words_of

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


def test_parts_of_tasks_that_the_collection_lacks_fall_away() -> None:
    template = Template.parse("a {type}, {kiln} kiln, on grey", ["type"])
    assert template.fill({"type": "jar"}) == "a jar, on grey"


@pytest.mark.parametrize(("text", "said"), [("a {type} with {glaze}", "names 2 tasks"), ("a pot", "names none")])
def test_templates_that_cannot_work_are_refused(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        Template.parse(text, ["glaze", "type"])
