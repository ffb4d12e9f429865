"""Pools of a tiny base: what an image depends on, and what stock diffusers draws."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline

from kilnmix.common.errors import UserError
from kilnmix.generator.adapter.create import add_adapter
from kilnmix.generator.adapter.files import load_adapter, save_adapter
from kilnmix.generator.base import load_base
from kilnmix.generator.cache import Cache
from kilnmix.generator.drawing.draw import Shard, draw_pool, parse_shard
from kilnmix.generator.order import Request, image_seed
from kilnmix.generator.text import TextStates, encode_captions, encoders
from tests.generator.conftest import make_settings, tiny_cache

CAPTIONS = ("", "a bowl", "a jar")
REQUESTS = [Request(number, (number % 2,)) for number in range(5)]
ROWS = [1, 2, 1, 2, 1]


@pytest.fixture(scope="module")
def tuned(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return adapter(tiny_base, tmp_path_factory.mktemp("adapter"))


def adapter(base: Path, folder: Path, zero: bool = False, **lora: Any) -> Path:
    recipe = make_settings(base, lora={"rank": 4, "alpha": 2, "targets": ["to_q", "to_v", "conv1"], **lora})
    pipeline = load_base(recipe)
    add_adapter(pipeline, recipe)
    torch.manual_seed(1)
    for part in (pipeline.unet, *(encoder for _, encoder in encoders(pipeline))):
        for name, weight in part.named_parameters():
            if "lora_B" in name and not zero:
                weight.data.normal_(std=0.5)
    save_adapter(pipeline, folder, "base", "0" * 64)
    return folder


def pool(base: Path, folder: Path | None, states: TextStates | None = None, **given: Any) -> dict[int, np.ndarray]:
    requests = given.pop("requests", REQUESTS)
    shard, photographs, done = given.pop("shard", None), given.pop("photographs", None), given.pop("done", ())
    recipe = make_settings(base, draw=given)
    pipeline = load_base(recipe)
    if folder is not None:
        load_adapter(pipeline, folder)
    states = states or encode_captions(pipeline, CAPTIONS)
    taken = lambda request: request.number in done  # noqa: E731
    drawn = draw_pool(pipeline, requests, states, ROWS, recipe, 5, taken, shard, photographs)
    return {request.number: image for request, image in drawn}


def same(one: dict[int, np.ndarray], two: dict[int, np.ndarray], within: int = 0) -> bool:
    return one.keys() == two.keys() and all(
        int(np.abs(one[key].astype(int) - two[key].astype(int)).max()) <= within for key in one
    )


def test_shards_are_the_whole_and_what_is_done_is_not_drawn(tiny_base: Path, tuned: Path) -> None:
    whole = pool(tiny_base, tuned)
    assert [image.shape for image in whole.values()] == [(16, 16, 3)] * 5
    shards = [pool(tiny_base, tuned, shard=Shard(number, 2)) for number in (1, 2)]
    assert [sorted(part) for part in shards] == [[0, 1, 4], [2, 3]]
    assert same({**shards[0], **shards[1]}, whole)
    again = pool(tiny_base, tuned, done=(0,))
    assert sorted(again) == [1, 2, 3, 4]
    assert all(np.array_equal(again[key], whole[key]) for key in again)


@pytest.mark.parametrize("given", [{"batch_size": 5}, {"batch_size": 1}, {"batch_size": 5, "part": 2}])
@pytest.mark.parametrize("scheduler", ["dpm++", "ddim", "unipc", "lcm"])
def test_an_image_follows_from_its_own_seed(
    tiny_base: Path, tuned: Path, given: dict[str, int], scheduler: str
) -> None:
    whole = pool(tiny_base, tuned, scheduler=scheduler)
    assert same(pool(tiny_base, tuned, scheduler=scheduler, **given), whole, within=1)


def test_the_adapter_changes_the_images_and_one_whose_b_is_zero_does_not(
    tiny_base: Path, tuned: Path, tmp_path: Path
) -> None:
    plain = pool(tiny_base, None)
    assert not same(pool(tiny_base, tuned), plain, within=3)
    assert same(pool(tiny_base, adapter(tiny_base, tmp_path, zero=True)), plain)


@pytest.mark.parametrize(
    "given",
    [{"guidance": 4.0}, {"guidance": 4.0, "interval": (0.2, 3.0)}, {"guidance": 4.0, "unconditional": "base"},
     {"spacing": 2.0}, {"scheduler": "unipc"}],
)  # fmt: skip
def test_every_setting_of_the_sampler_changes_the_images(tiny_base: Path, tuned: Path, given: dict[str, Any]) -> None:
    before = pool(tiny_base, tuned, steps=4, **({"guidance": 4.0} if len(given) > 1 else {}))
    assert not same(pool(tiny_base, tuned, steps=4, **given), before)


def test_an_interval_over_all_noise_levels_and_the_bare_base_without_an_adapter_change_nothing(
    tiny_base: Path, tuned: Path
) -> None:
    guided = pool(tiny_base, tuned, guidance=4.0)
    assert same(pool(tiny_base, tuned, guidance=4.0, interval=(0.0, 1e6)), guided)
    assert same(pool(tiny_base, None, guidance=4.0, unconditional="base"), pool(tiny_base, None, guidance=4.0))


KINDS: list[dict[str, Any]] = [
    {},
    {"kind": "rslora"},
    {"kind": "dora"},
    {"alpha": 4},
    {"text_encoder": True},
    {"kind": "dora", "alpha": 8, "text_encoder": True},
]


@pytest.mark.parametrize("lora", KINDS, ids=lambda lora: "-".join(map(str, lora.values())) or "lora")
@pytest.mark.parametrize("family", ["sd", "xl"])
def test_stock_diffusers_draws_the_same_image_with_the_saved_adapter(
    tiny_base: Path, tiny_xl: Path, tmp_path: Path, family: str, lora: dict[str, Any]
) -> None:
    base = tiny_xl if family == "xl" else tiny_base
    folder = adapter(base, tmp_path, **lora)
    ours = pool(base, folder, scheduler="ddim", guidance=3.0, steps=3)
    stock = (StableDiffusionXLPipeline if family == "xl" else StableDiffusionPipeline).from_pretrained(base)
    stock.load_lora_weights(folder)
    stock.scheduler = DDIMScheduler.from_config(stock.scheduler.config, timestep_spacing="trailing")
    stock.set_progress_bar_config(disable=True)
    sizes = {"original_size": (16, 16), "target_size": (16, 16)} if family == "xl" else {}
    for number in (0, 1):
        theirs = stock(
            prompt=CAPTIONS[ROWS[number]], num_inference_steps=3, guidance_scale=3.0, height=16, width=16,
            generator=torch.Generator().manual_seed(image_seed(5, number)), output_type="np", **sizes,
        ).images[0]  # fmt: skip
        assert np.abs((theirs * 255).round() - ours[number]).max() <= 1


def test_an_image_from_a_photograph_is_nearer_to_it_the_lower_the_strength(tiny_base: Path) -> None:
    photographs: Cache = tiny_cache(tiny_base)
    requests = [Request(number, (0,), source=number) for number in range(5)]
    asked = {"requests": requests, "photographs": photographs, "steps": 10, "mode": "image"}
    near, far = (pool(tiny_base, None, strength=strength, **asked) for strength in (0.1, 0.9))
    noise = pool(tiny_base, None, steps=10)
    spread = lambda one, two: np.mean([np.abs(one[key].astype(float) - two[key]).mean() for key in one])  # noqa: E731
    assert spread(near, noise) > spread(far, noise)
    assert same(pool(tiny_base, None, strength=1.0, **asked), noise)


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "/", "1/0", "-1/2", "\u00b2/3"])
def test_shards_that_make_no_sense_are_refused(text: str) -> None:
    assert parse_shard("2/8") == Shard(2, 8)
    with pytest.raises(UserError, match="--shard takes"):
        parse_shard(text)
