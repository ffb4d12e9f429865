from pathlib import Path

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

from kilnmix.common.seeds import derive
from kilnmix.generator.base import load_base
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning import prior
from tests.generator.conftest import make_settings, tiny_cache

ASKED = {"images": 3, "caption": "a jar", "weight": 0.5, "steps": 3, "guidance": 1.0}
CPU = torch.device("cpu")


def test_without_images_nothing_changes(tiny_base: Path, filled: Cache, tmp_path: Path) -> None:
    settings = make_settings(tiny_base)
    assert prior.prepare(None, filled, settings, 1, tmp_path / "p.safetensors", CPU) == (filled, None)


def test_the_images_are_those_that_stock_diffusers_draws_of_the_caption(
    tiny_base: Path, filled: Cache, tmp_path: Path
) -> None:
    settings = make_settings(tiny_base, lora={"prior": ASKED})
    cache, images = prior.prepare(load_base(settings), filled, settings, 7, tmp_path / "p.safetensors", CPU)
    assert images is not None and (images.caption, images.weight) == (len(filled.captions), 0.5)
    assert cache.captions == (*filled.captions, "a jar")
    assert torch.equal(cache.embeddings[-1], filled.embeddings[filled.captions.index("a jar")])
    stock = StableDiffusionPipeline.from_pretrained(tiny_base)
    stock.set_progress_bar_config(disable=True)
    stock.scheduler = DPMSolverMultistepScheduler.from_config(stock.scheduler.config, timestep_spacing="trailing")
    for place, latents in enumerate(images.latents):
        theirs = stock(
            "a jar", num_inference_steps=3, guidance_scale=1.0, height=16, width=16, output_type="latent",
            generator=torch.Generator().manual_seed(derive(7, "prior", place)),
        ).images[0]  # fmt: skip
        np.testing.assert_allclose(latents, theirs, rtol=1e-4, atol=5e-3)


def test_what_was_drawn_is_taken_up_and_a_cut_file_is_drawn_again(tiny_base: Path, tmp_path: Path) -> None:
    settings = make_settings(tiny_base, lora={"prior": ASKED})
    cache, path = tiny_cache(tiny_base), tmp_path / "p.safetensors"
    _, first = prior.prepare(load_base(settings), cache, settings, 7, path, CPU)
    again = prior.prepare(load_base(settings), cache, settings, 8, path, CPU)[1]
    path.write_bytes(path.read_bytes()[:40])
    anew = prior.prepare(load_base(settings), cache, settings, 7, path, CPU)[1]
    assert first is not None and again is not None and anew is not None
    assert torch.equal(first.latents, again.latents) and torch.equal(first.latents, anew.latents)


def test_the_images_follow_from_the_prior_alone_not_from_how_pools_are_drawn(tiny_base: Path, tmp_path: Path) -> None:
    cache = tiny_cache(tiny_base)

    def latents(name: str, asked: dict[str, object], draw: dict[str, object]) -> torch.Tensor:
        settings = make_settings(tiny_base, lora={"prior": asked}, draw=draw)
        images = prior.prepare(load_base(settings), cache, settings, 7, tmp_path / name, CPU)[1]
        assert images is not None
        return images.latents

    guided = {**ASKED, "guidance": 3.0}
    first = latents("first", guided, {})
    assert torch.equal(first, latents("pool", guided, {"guidance": 9.0, "interval": [0.5, 1.0], "spacing": 2.0}))
    assert not torch.equal(first, latents("prior", ASKED, {}))
