"""Cautions of the data card in words."""

from __future__ import annotations

import pytest

from kilnmix.collection.card.card import Caution
from kilnmix.collection.card.sentences import caution_sentence, reason, task_name
from kilnmix.common.pages.wording import load

EN, ZH = (load("kilnmix.collection.card", language) for language in ("en", "zh"))
PAIR = {"other": "source", "objects": 40, "cramers_v": 0.912, "told": 0.95, "base": 0.5}


@pytest.mark.parametrize(
    ("caution", "english", "chinese"),
    [
        (
            Caution("decides", "type", PAIR),
            "source nearly decides type (Cramér's V 0.91, 40 objects)",
            "来源几乎决定器形",
        ),
        (Caution("together", "type", PAIR), "it names type in 95\u00a0% of them", "来源与器形相关"),
        (Caution("untrained", "type", {"fold": "0", "classes": ["jar"]}), "no photograph of it to train on", "第 0 折"),
        (
            Caution("untrained", "type", {"fold": "0", "classes": ["jar", "<b>"]}),
            "tests jar and &lt;b&gt;",
            "&lt;b&gt;",
        ),
        (
            Caution(
                "contradicting",
                "type",
                {"objects": 3, "first": "<a>.jpg", "second": "b.jpg", "first_class": "jar", "second_class": "bowl"},
            ),
            "(3 objects), as &lt;a&gt;.jpg (jar) and b.jpg (bowl) do",
            "（3 件器物），如 &lt;a&gt;.jpg（jar）与 b.jpg（bowl）",
        ),
        (Caution("overlapping", "glaze", {"narrow": "jun", "broad": "blue"}), "jun is a kind of blue", "jun 属于 blue"),
        (Caution("plain", "", {"pictures": 2, "first": "<a>.png"}), "2 photographs are of one colour", "&lt;a&gt;.png"),
        (
            Caution("plain", "", {"pictures": 1, "first": "a.png"}),
            "One photograph is of one colour alone and shows nothing: a.png",
            "1 张照片",
        ),
        (Caution("missing", "kiln", {"share": 0.61}), "kiln is missing on 61\u00a0% of", "61% 的照片没有窑口标签"),
    ],
)
def test_every_kind_has_a_sentence_in_both_languages(caution: Caution, english: str, chinese: str) -> None:
    assert english in caution_sentence(caution, EN)
    assert chinese in caution_sentence(caution, ZH)


def test_names_that_the_texts_do_not_know_stay() -> None:
    assert (task_name("mark", ZH), task_name("file format", ZH)) == ("mark", "文件格式")
    assert (reason("too-large", ZH), reason("new-reason", ZH)) == ("过大", "new reason")
