"""A space between Chinese characters and what is put in beside them."""

from __future__ import annotations

import pytest

from kilnmix.common.pages.spacing import spaced
from kilnmix.common.pages.wording import load


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("用{mix}训练", {"mix": "60% 合成图像"}, "用 60% 合成图像训练"),
        ("对{tasks}有益", {"tasks": "period"}, "对 period 有益"),
        ("对{tasks}有益", {"tasks": "朝代"}, "对朝代有益"),
        ("共 {n} 件", {"n": 3}, "共 3 件"),
        ("{task}：{value}。", {"task": "type", "value": "+0.17"}, "type：+0.17。"),
        ("{{{name}}}和{other}", {"name": "图1.jpg", "other": ""}, "{图1.jpg}和"),
    ],
)
def test_chinese_and_latin_stand_apart_where_a_value_begins_or_ends(
    text: str, values: dict[str, object], expected: str
) -> None:
    assert spaced(text, values).format(**values) == expected


def test_the_words_of_a_page_are_spaced_in_chinese_and_as_written_in_english() -> None:
    chinese, english = load("kilnmix.report", "zh"), load("kilnmix.report", "en")
    assert "使用 60% 合成图像" in chinese("advice.helps", tasks="朝代", mix="60% 合成图像")
    assert "使用 60% 合成图像" in chinese.plain("advice.helps", tasks="朝代", mix="60% 合成图像")
    assert english("arm.other", arm="照片") == "照片"
