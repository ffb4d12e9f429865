"""The pocket models on tiny modules: shapes, folding, tokens, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from kilnmix.demo import generic
from kilnmix.demo.pocket import autoencoder, backbone, base, captions, senses
from kilnmix.demo.pocket.build import Recipe, build
from kilnmix.demo.pocket.loop import Plan
from kilnmix.demo.pocket.renders import SHARD, THINGS, VESSELS, Domain, What, renders


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return captions.build()


def images(count: int = 6, size: int = 16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


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


def test_standardised_latents_have_unit_channels_and_the_same_round_trip() -> None:
    torch.manual_seed(0)
    vae = autoencoder.build((8, 16), latents=4, size=16).eval()
    batch = autoencoder.pixels(images(64))
    with torch.no_grad():
        before = vae.decode(vae.encode(batch).latent_dist.mean).sample
        spread = (
            vae.encode(batch).latent_dist.std / vae.encode(batch).latent_dist.mean.std((0, 2, 3))[None, :, None, None]
        )
        base.standardise(vae, images(64))
        coded = vae.encode(batch).latent_dist
        assert torch.allclose(coded.mean.mean((0, 2, 3)), torch.zeros(4), atol=1e-3)
        assert torch.allclose(coded.mean.std((0, 2, 3)), torch.ones(4), atol=1e-3)
        assert torch.allclose(coded.std, spread, rtol=1e-3)
        assert torch.allclose(vae.decode(coded.mean).sample, before, atol=1e-3)


def test_psnr_is_that_of_the_mean_squared_error() -> None:
    class Grey:
        def encode(self, batch: torch.Tensor) -> Grey:
            self.latent_dist = self
            return self

        def mode(self) -> torch.Tensor:
            return torch.zeros(1)

        def decode(self, _: torch.Tensor) -> Grey:
            self.sample = torch.zeros(2, 3, 4, 4)
            return self

    white = np.full((2, 4, 4, 3), 255, np.uint8)
    # Grey for white is wrong by half the range: 10 log10(1 / 0.25).
    assert autoencoder.psnr(Grey(), white) == pytest.approx(6.0206, abs=1e-3)


def test_senses_are_the_renderer_s_values_standardised() -> None:
    traits = [generic.traits_of(0, number) for number in range(20)]
    known = senses.senses(traits)
    assert (len(known.type), *known.ware.shape, *known.period.shape) == (20, 20, 16, 20, 28)
    wares, _ = generic.names()
    bare = np.array([generic.marks_of(ware).bare for ware in wares])
    wanted = (generic.marks_of(traits[4].ware).bare - bare.mean()) / bare.std()
    assert known.ware[4, 3].item() == pytest.approx(wanted, abs=1e-3)
    assert known[torch.tensor([4])].period.shape == (1, 28)


def test_what_a_caption_does_not_tell_does_not_count() -> None:
    known = senses.senses([generic.traits_of(0, number) for number in range(2)])
    right = [torch.full((2, size), -9.0) for size in senses.sizes()[:2]]
    for answer, truth in zip(right, (known.type, known.glaze), strict=True):
        answer[torch.arange(2), truth] = 9.0
    wrong = [*right, known.ware + 1, known.period]
    told = torch.tensor([[0.0, 0, 0, 1], [0, 0, 1, 1]])
    # Of three traits told one is off by 1 everywhere; the mean over what is told, times four traits.
    assert senses.error(wrong, known, told).item() == pytest.approx(4 / 3, abs=1e-4)


def test_augmented_images_stay_images() -> None:
    batch = torch.rand(4, 3, 32, 32)
    changed = backbone.augment(batch, torch.Generator().manual_seed(0))
    assert changed.shape == batch.shape and changed.min() >= 0 and changed.max() <= 1
    assert torch.equal(changed, backbone.augment(batch, torch.Generator().manual_seed(0)))


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


def test_renders_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SHARD == 500
    monkeypatch.setattr("kilnmix.demo.pocket.renders.SHARD", 3)
    _made_once(VESSELS, tmp_path)
    _made_once(THINGS, tmp_path)


def _made_once(domain: Domain[What], folder: Path) -> None:
    first = renders(domain, folder, 1, 6, 16, workers=1)
    again = renders(domain, folder, 1, 6, 16, workers=1)
    assert first is not None and again is not None
    assert (first.images == again.images).all() and len(first.shows) == 6
    training, held = first.split(2)
    assert len(training.images) == len(training.shows) == 4 and (held.images == first.images[4:]).all()
    assert renders(domain, folder / "other", 1, 6, 16, stop=lambda: True, workers=1) is None


def test_captions_as_numbers(tokenizer: Any) -> None:
    written = [[generic.Caption("a bowl", frozenset({"type"})), generic.Caption("a ming bowl", frozenset({"period"}))]]
    told = captions.told(tokenizer, written, senses.TRAITS)
    assert told.ids.shape == (1, 2, captions.LENGTH)
    assert (told.ids[0, 0].long() == captions.tokens(tokenizer, ["a bowl"])[0]).all()
    assert told.traits.tolist() == [[[True, False, False, False], [False, False, False, True]]]
    assert (told.empty == captions.tokens(tokenizer, [""])[0]).all()
