"""One small field by hand."""

from __future__ import annotations

import re

import pytest

from kilnmix.collection.vocabulary.field import Field, Reading, Sense, Term, ambiguous, doubtful, matches, single

CUP, BOWL = Sense("cup"), Sense("bowl")
FIELD = Field(
    name="type",
    kind="form",
    terms={
        "vessel": Term("vessel", "vessel"),
        "bowl": Term("bowl", "bowl", broader="vessel"),
        "tea-bowl": Term("tea-bowl", "tea bowl", broader="bowl", layer=2),
        "cup": Term("cup", "cup"),
    },
    senses={
        "bowl": frozenset([BOWL]),
        "tea bowl": frozenset([Sense("tea-bowl")]),
        "ya": frozenset([BOWL, CUP]),
        "碗": frozenset([BOWL]),
        "cup": frozenset([Sense("cup", "stem-cup")]),
    },
    latin={"wan": frozenset([BOWL])},
    missing=frozenset(),
    columns=("type",),
    titles=False,
    characters={},
    bare=frozenset(["cup"]),
)


def test_spellings_in_a_text_are_whole_words_and_the_longest() -> None:
    found = matches(FIELD, "two tea bowls, a bowling 碗 and a cup")
    assert [(match.spelling, sorted(match.ids)) for match in found] == [("tea bowls", ["tea-bowl"]), ("碗", ["bowl"])]
    assert (found[0].start, found[0].end) == (4, 13)
    assert FIELD.sense_of("cups") == FIELD.senses["cup"]  # bare, so only as a whole cell
    assert FIELD.sense_of("plate") == frozenset()


def test_kinds_go_up_to_the_top() -> None:
    assert FIELD.is_kind_of("tea-bowl", "vessel")
    assert not FIELD.is_kind_of("vessel", "bowl") and not FIELD.is_kind_of("cup", "cup")


def test_readings_of_senses() -> None:
    assert FIELD.reading([Sense("tea-bowl")], "exact") == Reading("tea-bowl", "exact", layer=2)
    assert FIELD.reading([Sense("tea-bowl", generic=True)], "exact").layer == 0
    assert FIELD.reading([Sense("bowl", "a"), Sense("bowl", "b")], "exact").finer == ""
    assert single(FIELD, matches(FIELD, "bowl 碗")) == Reading("bowl", "within")
    assert ambiguous(["b", "a", "b"]).candidates == ("b", "a")
    assert (doubtful(["bowl"], "x").resolved, doubtful(["bowl"], "x").finer) == (False, "x")
    assert Reading("bowl", "new").resolved and not Reading("", "missing").resolved


@pytest.mark.parametrize(("text", "first"), [("bowk", "bowl"), ("wan", "bowl"), ("完", "bowl"), ("xyzzy", None)])
def test_what_comes_nearest_by_looks_and_by_sound(text: str, first: str | None) -> None:
    assert next(iter(FIELD.nearest(text)), None) == first


def test_words_and_order() -> None:
    assert (FIELD.words("tea-bowl"), FIELD.words("long-thing")) == ("tea bowl", "long thing")
    assert FIELD.order(["zz", "cup", "aa", "bowl"]) == ("bowl", "cup", "aa", "zz")


def test_a_field_without_spellings_finds_nothing() -> None:
    empty = Field("x", "open", {}, {}, {}, frozenset(), (), False, {}, elsewhere=re.compile("x"))
    assert matches(empty, "anything") == []
