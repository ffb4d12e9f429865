"""The text encoder's schooling, at a tiny width."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from kilnmix.demo import generic
from kilnmix.demo.generic import Caption
from kilnmix.demo.pocket import captions, senses, text
from kilnmix.demo.pocket.loop import device


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return captions.build()


def test_four_heads_answer_what_a_caption_tells(tokenizer: Any) -> None:
    torch.manual_seed(0)
    reader = text.Reader(text.build(tokenizer, width=16, layers=1))
    answers = reader(captions.tokens(tokenizer, ["a bowl", "a jar"]))
    assert [tuple(answer.shape) for answer in answers] == [(2, size) for size in senses.sizes()]
    pooled = reader.text(captions.tokens(tokenizer, ["a bowl"])).last_hidden_state.mean(1)
    torch.testing.assert_close(answers[0][:1], reader.heads[0](pooled))


def test_the_loss_falls_with_schooling_and_is_the_same_for_a_step(tokenizer: Any) -> None:
    torch.manual_seed(0)
    traits = [generic.traits_of(0, number) for number in range(4)]
    written = [[Caption(f"a {one.type}", frozenset({"type"}))] for one in traits]
    told = captions.told(tokenizer, written, senses.TRAITS)
    reader = text.Reader(text.build(tokenizer, width=16, layers=1)).to(device())
    loss = text.loss_of(reader, told, senses.senses(traits), seed=1, batch=8)
    first = loss(0, slice(None))
    assert loss(0, slice(None)).item() == pytest.approx(first.item())
    optimizer = torch.optim.Adam(reader.parameters(), 1e-2)
    first.backward()
    optimizer.step()
    assert loss(0, slice(None)).item() < first.item()
