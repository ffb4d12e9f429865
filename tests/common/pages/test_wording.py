"""The texts of all rooms: the languages agree."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from kilnmix.common.pages.wording import load

ROOMS = ("kilnmix.report", "kilnmix.collection.card", "kilnmix.curation.pages")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_have_the_same_keys_values_and_markup(room: str) -> None:
    english, chinese = load(room, "en").texts, load(room, "zh").texts
    # Chinese has no plural, so the forms for one are English alone.
    assert {key for key in english if not key.endswith("_one")} == set(chinese)
    for key, text in chinese.items():
        assert fields(english[key]) == fields(text), key
        assert sorted(re.findall(r"</?\w+>", english[key])) == sorted(re.findall(r"</?\w+>", text)), key


@pytest.mark.parametrize("room", ROOMS)
def test_the_form_for_one_takes_no_more_values_than_the_other(room: str) -> None:
    texts = load(room, "en").texts
    for key in (key for key in texts if key.endswith("_one")):
        assert fields(texts[key]) <= fields(texts[key.removesuffix("_one")]), key
