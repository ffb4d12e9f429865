"""A fresh adapter inside a tiny base."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kilnmix.common.errors import UserError
from kilnmix.generator.adapter.create import TEXT_TARGETS, add_adapter
from kilnmix.generator.base import load_base
from tests.generator.conftest import make_settings


@pytest.mark.parametrize(("kind", "scale"), [("lora", 8 / 4), ("rslora", 8 / 2)])
def test_the_scale_of_lora_and_rslora(tiny_base: Path, kind: str, scale: float) -> None:
    settings = make_settings(tiny_base, lora={"kind": kind, "rank": 4, "alpha": 8, "targets": ["to_q"]})
    pipeline = load_base(settings)
    before = [weight.clone() for weight in pipeline.unet.parameters()]
    inputs = {"sample": torch.ones(1, 4, 8, 8), "timestep": 3, "encoder_hidden_states": torch.ones(1, 5, 16)}
    with torch.no_grad():
        bare = pipeline.unet(**inputs).sample
        add_adapter(pipeline, settings)
        assert torch.equal(pipeline.unet(**inputs).sample, bare)  # B begins at zero
    layers = [layer for layer in pipeline.unet.modules() if hasattr(layer, "lora_A")]
    assert layers and {layer.scaling["kilnmix"] for layer in layers} == {scale}
    assert {layer.lora_A["kilnmix"].out_features for layer in layers} == {4}
    base = [weight for name, weight in pipeline.unet.named_parameters() if "lora_" not in name]
    assert all(torch.equal(one, two) for one, two in zip(before, base, strict=True))


def test_dora_has_a_length_for_every_output(tiny_base: Path) -> None:
    settings = make_settings(tiny_base, lora={"kind": "dora", "targets": ["to_q"]})
    pipeline = load_base(settings)
    add_adapter(pipeline, settings)
    assert any("magnitude" in name for name, _ in pipeline.unet.named_parameters())


def test_text_encoders_too_where_that_is_set(tiny_base: Path) -> None:
    for told in (False, True):
        settings = make_settings(tiny_base, lora={"text_encoder": told})
        pipeline = load_base(settings)
        add_adapter(pipeline, settings)
        names = [name for name, _ in pipeline.text_encoder.named_parameters() if "lora_A" in name]
        assert len(names) == (len(TEXT_TARGETS) if told else 0)


def test_targets_that_match_nothing(tiny_base: Path) -> None:
    settings = make_settings(tiny_base, lora={"targets": ["nothing"]})
    with pytest.raises(UserError, match=r"targets = \['nothing'\] matches no module"):
        add_adapter(load_base(settings), settings)
