from kilnmix.collection.vocabulary.context import in_context
from kilnmix.collection.vocabulary.field import Context, Field, Reading, Term

FIELD = Field(
    *("type", "form", {"pillow": Term("pillow", "pillow", layer=3)}, {}, {}, frozenset(), ("type",), False, {}),
    contexts=(Context("box", ("for the head",), "pillow"), Context("", ("headrest",), "pillow")),
)


def test_other_words_make_another_class_of_a_reading() -> None:
    box = Reading("box", "exact")
    assert in_context(FIELD, "A box FOR the-head", box) == Reading("pillow", "within", layer=3)
    assert in_context(FIELD, "a box", box) == box
    assert in_context(FIELD, "headrest", Reading("", "unknown")).id == "pillow"
    assert in_context(FIELD, "headrest", box) == box  # only where nothing is known
