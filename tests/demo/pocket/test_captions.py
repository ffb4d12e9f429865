"""The tokenizer and captions as numbers."""

from __future__ import annotations

from typing import Any

import pytest

from kilnmix.demo import generic
from kilnmix.demo.pocket import captions, senses


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return captions.build()


def test_the_tokenizer_writes_any_name_and_every_demo_caption_fits(tokenizer: Any) -> None:
    longest = "a photograph of a gourd-vase, blue-and-white glaze, jingdezhen kiln, ming dynasty"
    assert len(tokenizer(longest).input_ids) <= 30
    names = ["longquan", "jingdezhen", "Yaozhou", "宋"]
    coded = [tuple(tokenizer(name).input_ids) for name in names]
    assert len(set(coded)) == len(names)
    unknown = tokenizer.eos_token_id
    assert all(unknown not in ids[1:-1] for ids in coded)
    assert tokenizer("Ming").input_ids == tokenizer("ming").input_ids
    assert captions.tokens(tokenizer, ["", longest]).shape == (2, captions.LENGTH)


def test_captions_as_numbers(tokenizer: Any) -> None:
    written = [[generic.Caption("a bowl", frozenset({"type"})), generic.Caption("a ming bowl", frozenset({"period"}))]]
    told = captions.told(tokenizer, written, senses.TRAITS)
    assert told.ids.shape == (1, 2, captions.LENGTH)
    assert (told.ids[0, 0].long() == captions.tokens(tokenizer, ["a bowl"])[0]).all()
    assert told.traits.tolist() == [[[True, False, False, False], [False, False, False, True]]]
    assert (told.empty == captions.tokens(tokenizer, [""])[0]).all()
