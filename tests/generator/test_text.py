"""Captions -> states, against transformers called by hand."""

from __future__ import annotations

from pathlib import Path

import torch

from kilnmix.generator import text
from kilnmix.generator.base import load_base
from kilnmix.generator.text import TextStates
from tests.generator.conftest import make_settings


def test_states_are_the_encoders_last_hidden_ones(tiny_base: Path) -> None:
    pipeline = load_base(make_settings(tiny_base))
    states = text.encode_captions(pipeline, ("", "a bowl", "a jar"), batch_size=2)
    tokens = pipeline.tokenizer(["a jar"], padding="max_length", max_length=32, truncation=True, return_tensors="pt")
    with torch.no_grad():
        expected = pipeline.text_encoder(tokens.input_ids).last_hidden_state[0].half()
    assert states.pooled is None and states.embeddings.shape == (3, 32, 16)
    torch.testing.assert_close(states.embeddings[2], expected)
    assert text.zero_rows(pipeline, ("", "a")) == []
    assert text.size_ids(pipeline, (16, 16), torch.device("cpu"), torch.float32) is None


def test_sdxl_joins_two_encoders_and_zeroes_the_empty_caption(tiny_xl: Path) -> None:
    pipeline = load_base(make_settings(tiny_xl))
    states = text.encode_captions(pipeline, ("", "a bowl"))
    own = pipeline.encode_prompt("a bowl", do_classifier_free_guidance=False)
    torch.testing.assert_close(states.embeddings[1], own[0][0].half())
    assert states.pooled is not None
    torch.testing.assert_close(states.pooled[1], own[2][0].half())
    assert not states.embeddings[0].any() and not states.pooled[0].any()
    sizes = text.size_ids(pipeline, (16, 24), torch.device("cpu"), torch.float32)
    assert sizes is not None and sizes.tolist() == [[16, 24, 0, 0, 16, 24]]
    given = text.unet_inputs(states, sizes)
    assert given["added_cond_kwargs"]["time_ids"].shape == (2, 6)


def test_rows_of_states() -> None:
    states = TextStates(torch.arange(12.0).reshape(3, 2, 2), torch.arange(6.0).reshape(3, 2))
    chosen = states.rows([2, 0])
    assert chosen.pooled is not None and chosen.pooled.tolist() == [[4, 5], [0, 1]]
    assert chosen.embeddings[0].tolist() == [[8, 9], [10, 11]]
    assert states.rows([1]).repeated(4).embeddings.shape == (4, 2, 2)
    half = states.to(torch.device("cpu"), torch.float16)
    assert half.pooled is not None and half.pooled.dtype == half.embeddings.dtype == torch.float16
    assert set(text.unet_inputs(TextStates(states.embeddings), None)) == {"encoder_hidden_states", "return_dict"}
