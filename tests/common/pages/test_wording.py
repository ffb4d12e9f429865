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


@pytest.mark.parametrize(
    ("term", "others"),
    [("评判器", ("评判模型", "评判网络")), ("生成模型", ("生成器",)), ("渲染", ("绘制",)), ("与", ("对照{",))],
)
def test_chinese_has_one_word_for_one_thing(term: str, others: tuple[str, ...]) -> None:
    texts = [text for room in ROOMS for text in load(room, "zh").texts.values()]
    assert any(term in text for text in texts)
    assert [text for text in texts if any(other in text for other in others)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_chinese_signs_are_wide_and_stand_without_a_gap(room: str) -> None:
    for key, text in load(room, "zh").texts.items():
        bare = re.sub(r"<code>.*?</code>|&[^;]+;", "x", text)
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff]\.(?!\w)|[，。；：？！、] ", bare), key
