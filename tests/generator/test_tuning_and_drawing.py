"""The adapter's training on a base of some ten thousand parameters."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings, Lora
from kilnmix.generator import cache
from kilnmix.generator.adapter.files import WEIGHTS, load_adapter, save_adapter
from kilnmix.generator.base import fingerprint, load_base
from kilnmix.generator.drawing.draw import draw_pool
from kilnmix.generator.requests import Request
from kilnmix.generator.tuning import loop
from kilnmix.generator.tuning.steps import Steps
from tests.generator.conftest import make_settings


def settings(base: Path, **lora: object) -> GeneratorSettings:
    return make_settings(base, lora=lora)


def lora_settings(base: Path = Path("x"), **changes: object) -> Lora:
    return make_settings(base, lora=changes).lora


def test_latents_are_those_of_the_autoencoder_for_the_picture_and_its_mirror_image(tiny_base: Path) -> None:
    pipeline = load_base(settings(tiny_base))
    pixels = np.random.default_rng(1).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    mean, std = cache.encode_pictures(pipeline, lambda part: pixels[part], 3, 16, 2, lambda count: None)
    with torch.no_grad():
        image = torch.from_numpy(pixels[2]).permute(2, 0, 1)[None].float() / 127.5 - 1
        straight, mirror = pipeline.vae.encode(image).latent_dist, pipeline.vae.encode(image.flip(-1)).latent_dist
    scale = pipeline.vae.config.scaling_factor
    torch.testing.assert_close(mean[2, 0], (straight.mean[0] * scale).half())
    torch.testing.assert_close(mean[2, 1], (mirror.mean[0] * scale).half())
    torch.testing.assert_close(std[2, 1], (mirror.std[0] * scale).half())


def test_a_cache_reads_back_as_it_was_written(filled: cache.Cache, tmp_path: Path) -> None:
    filled.save(tmp_path)
    again = cache.Cache.load(tmp_path)
    assert (again.ids, again.captions, again.rows) == (filled.ids, filled.captions, filled.rows)
    assert torch.equal(again.mean, filled.mean)
    assert torch.equal(again.embeddings, filled.embeddings)


def test_an_epoch_shows_every_photograph_once_with_a_caption_of_its_own(filled: cache.Cache) -> None:
    tuned = lora_settings(steps=5, batch_size=2, caption_dropout=0.0, term_dropout=0.0)
    steps = Steps(filled, tuned, seed=3, timesteps=10)
    rows = torch.cat([steps._rows(number) for number in range(5)])
    assert sorted(rows[:5].tolist()) == sorted(rows[5:].tolist()) == [0, 1, 2, 3, 4]
    step = steps.make(0)
    for place, row in enumerate(rows[:2].tolist()):
        assert torch.equal(step.embeddings[place], filled.embeddings[filled.rows[row][0]])


def test_timesteps_of_a_batch_are_spread_over_the_whole_noise_schedule(filled: cache.Cache) -> None:
    steps = Steps(filled, lora_settings(steps=5, batch_size=5), seed=3, timesteps=1000)
    assert all(sorted((steps.make(number).timesteps // 200).tolist()) == [0, 1, 2, 3, 4] for number in range(5))
    assert steps.make(0).timesteps.tolist() != steps.make(1).timesteps.tolist()


def test_captions_are_dropped_whole_and_by_term(filled: cache.Cache) -> None:
    rng = torch.Generator().manual_seed(0)
    whole = Steps(filled, lora_settings(caption_dropout=0.999, term_dropout=0.0), 0, 10)
    assert whole._caption(0, rng) == 0
    term = Steps(filled, lora_settings(caption_dropout=0.0, term_dropout=0.999), 0, 10)
    assert term._caption(0, rng) == 3
    assert term._caption(3, rng) == 3


def train(base: Path, filled: cache.Cache, resume: Path, stop_after: int | None = None) -> dict[str, torch.Tensor]:
    recipe = settings(base)
    pipeline = load_base(recipe)

    class StopError(Exception):
        pass

    done = 0

    def progress(count: int) -> None:
        nonlocal done
        done += count
        if stop_after is not None and done > stop_after:
            raise StopError

    try:
        loop.tune(pipeline, filled, recipe, 11, resume, progress)
    except StopError:
        return {}
    save_adapter(pipeline, resume.parent, "base", fingerprint(recipe))
    return load_file(resume.parent / WEIGHTS)


def test_only_the_adapter_learns_and_a_training_that_was_broken_off_ends_with_the_same_bytes(
    tiny_base: Path, filled: cache.Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY", 2)
    before = load_base(settings(tiny_base)).unet.state_dict()
    (tmp_path / "whole").mkdir()
    (tmp_path / "broken").mkdir()
    whole = train(tiny_base, filled, tmp_path / "whole" / "state.pt")
    assert train(tiny_base, filled, tmp_path / "broken" / "state.pt", stop_after=4) == {}
    assert (tmp_path / "broken" / "state.pt").exists()
    again = train(tiny_base, filled, tmp_path / "broken" / "state.pt")
    assert whole.keys() == again.keys()
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    assert any(name.endswith("lora.up.weight") or "lora_B" in name for name in whole)
    assert any(bool(weights.abs().sum() > 0) for name, weights in whole.items() if "lora_B" in name or "up" in name)
    after = load_base(settings(tiny_base)).unet.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_images_follow_from_their_numbers_and_the_adapter_changes_them(
    tiny_base: Path, filled: cache.Cache, tmp_path: Path
) -> None:
    train(tiny_base, filled, tmp_path / "state.pt")
    recipe = settings(tiny_base)
    requests = [Request(number, (0,)) for number in range(4)]

    def drawn(adapter: bool, skip: int | None = None, spacing: float = 1.0) -> dict[int, np.ndarray]:
        pipeline = load_base(recipe)
        if adapter:
            load_adapter(pipeline, tmp_path)
        images = draw_pool(
            pipeline,
            requests,
            filled.embeddings,
            [1, 2, 1, 2],
            recipe.model_copy(update={"draw": recipe.draw.model_copy(update={"spacing": spacing})}),
            5,
            lambda request: request.number == skip,
        )
        return {request.number: image for request, image in images}

    all_of_them = drawn(adapter=True)
    assert [image.shape for image in all_of_them.values()] == [(16, 16, 3)] * 4
    again = drawn(adapter=True, skip=0)
    assert sorted(again) == [1, 2, 3]
    assert all(np.array_equal(all_of_them[number], again[number]) for number in again)
    assert any(not np.array_equal(all_of_them[number], image) for number, image in drawn(adapter=False).items())
    late = drawn(adapter=True, spacing=2.0)
    assert any(not np.array_equal(all_of_them[number], image) for number, image in late.items())


@pytest.mark.parametrize("base", ["pocket/nowhere", "some-people/some-model", "model.safetensors"])
def test_a_base_that_is_not_to_be_had_is_one_sentence(base: str) -> None:
    with pytest.raises(UserError, match=r"generator\.base = .* is not to be had"):
        load_base(make_settings(base))


def test_the_fingerprint_changes_with_a_bases_bytes(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{}")
    first = fingerprint(make_settings(tmp_path))
    (tmp_path / "model_index.json").write_text("{ }")
    assert fingerprint(make_settings(tmp_path)) != first
