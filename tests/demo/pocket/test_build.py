"""The whole build on tiny models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from kilnmix.common.errors import UserError
from kilnmix.demo.pocket import backbone, base
from kilnmix.demo.pocket.build import Recipe, build
from kilnmix.demo.pocket.export import replaceable
from kilnmix.demo.pocket.loop import Plan


def test_the_build_ends_with_a_pipeline_and_a_backbone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.models import mobilenet_v3_small

    monkeypatch.setattr("kilnmix.demo.pocket.renders.SHARD", 50)
    monkeypatch.setattr("kilnmix.demo.pocket.build.HELD", 20)
    recipe = Recipe(
        size=16,
        vessels=100,
        things=50,
        latents=4,
        vae_channels=(8, 16),
        shape=base.Shape((16, 16), heads=2, text_width=16, text_layers=1, groups=8),
        autoencoder=Plan(2, 1e-3, batch=4),
        text=Plan(2, 1e-3, batch=4),
        base=Plan(2, 1e-3, batch=4),
        backbone=Plan(2, 1e-3, batch=4),
    )
    said: list[str] = []
    beside = tmp_path / "pocket.new" / "mine.jpg"
    beside.parent.mkdir()
    beside.write_bytes(b"mine")
    assert not build(tmp_path / "pocket", tmp_path / "state", recipe, 0.0, said.append)
    assert not build(tmp_path / "pocket", tmp_path / "state", recipe, None, said.append, ("backbone",))
    assert build(tmp_path / "pocket", tmp_path / "state", recipe, None, said.append)

    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(tmp_path / "pocket" / "base", safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    rng = torch.Generator().manual_seed(0)
    drawn = pipeline(["a photograph of a bowl"] * 2, num_inference_steps=2, generator=rng, output_type="np").images
    assert drawn.shape == (2, 16, 16, 3)
    with safe_open(tmp_path / "pocket" / "backbone.safetensors", "pt") as file:
        assert json.loads(file.metadata()["mean"]) == list(backbone.MEAN)
        weights = {key.removeprefix("features."): file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    assert all(value.dtype == torch.float16 for value in weights.values() if value.is_floating_point())
    mobilenet_v3_small().features.load_state_dict(weights)
    card = json.loads((tmp_path / "pocket" / "card.json").read_text())
    assert card["image_size"] == 16 and "psnr_held_out" in card["figures"]["autoencoder"]
    assert beside.read_bytes() == b"mine"

    # A backbone that the build does not make stays.
    (tmp_path / "pocket" / "backbone-vessels.safetensors").write_bytes(b"earlier")
    replaceable(tmp_path / "pocket")
    assert build(tmp_path / "pocket", tmp_path / "state", recipe, None, said.append)
    assert (tmp_path / "pocket" / "backbone-vessels.safetensors").read_bytes() == b"earlier"
    # What came into the folder while the models were trained stays.
    (tmp_path / "pocket" / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(UserError, match=r"pocket holds something else than pocket models \(mine.jpg\)"):
        build(tmp_path / "pocket", tmp_path / "state", recipe, None, said.append)
    assert (tmp_path / "pocket" / "mine.jpg").read_bytes() == b"mine"
