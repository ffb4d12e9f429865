"""A base with its adapter, ready to draw; whole pools are in test_draw."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kilnmix.common.errors import UserError
from kilnmix.generator.adapter.create import add_adapter
from kilnmix.generator.base import load_base
from kilnmix.generator.drawing.artist import Artist
from kilnmix.generator.text import encode_captions
from tests.generator.conftest import make_settings

CPU = torch.device("cpu")


def with_adapter(base: Path, **draw: object) -> tuple[object, Artist]:
    settings = make_settings(base, draw=draw)
    pipeline = load_base(settings)
    add_adapter(pipeline, settings)
    for name, weight in pipeline.unet.named_parameters():
        if "lora_B" in name:
            weight.data.fill_(0.1)
    before = load_base(settings).unet.state_dict()
    return before, Artist(pipeline, settings, CPU)


def test_the_adapter_is_merged_into_the_weights(tiny_base: Path) -> None:
    before, artist = with_adapter(tiny_base, guidance=1.0)
    after = artist.unet.state_dict()
    assert after.keys() == before.keys()  # type: ignore[attr-defined]
    changed = {name for name in after if not torch.equal(after[name], before[name])}  # type: ignore[index]
    assert changed and all("attn" in name for name in changed)
    assert artist.bare is artist.unet and not artist.compiled
    assert artist.shape == (4, 8, 8)


def test_guidance_away_from_the_bare_base_keeps_a_copy_of_it(tiny_base: Path) -> None:
    before, artist = with_adapter(tiny_base, guidance=3.0, unconditional="base")
    bare = artist.bare.state_dict()
    assert artist.bare is not artist.unet
    assert all(torch.equal(bare[name], before[name]) for name in bare)  # type: ignore[index]


def test_parts_of_a_batch_are_the_batch(tiny_base: Path) -> None:
    _, artist = with_adapter(tiny_base, guidance=3.0)
    states = encode_captions(load_base(make_settings(tiny_base)), ("", "a bowl", "a jar", "a jar"))
    whole = artist.pictures(states.rows([1, 2, 3]), states.rows([0]), [5, 6, 7])
    assert (whole.shape, whole.dtype) == ((3, 16, 16, 3), torch.uint8)
    artist.draw = artist.draw.model_copy(update={"part": 2})
    again = artist.pictures(states.rows([1, 2, 3]), states.rows([0]), [5, 6, 7])
    assert (whole.int() - again.int()).abs().max() <= 1


def test_a_fast_adapter_that_does_not_fit(tiny_base: Path, tmp_path: Path) -> None:
    settings = make_settings(tiny_base, draw={"fast": str(tmp_path / "none.safetensors")})
    with pytest.raises(UserError, match=r"generator\.draw\.fast = .* does not fit the base"):
        Artist(load_base(settings), settings, CPU)
