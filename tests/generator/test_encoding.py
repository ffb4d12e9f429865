from pathlib import Path

import numpy as np
import pytest
import torch

from kilnmix.common.errors import UserError
from kilnmix.generator.base import load_base
from kilnmix.generator.cache import Cache
from kilnmix.generator.encoding import encode_pictures
from tests.generator.conftest import make_settings


def test_latents_are_those_of_the_autoencoder_for_the_picture_and_its_mirror_image(tiny_base: Path) -> None:
    pipeline = load_base(make_settings(tiny_base))
    pixels = np.random.default_rng(1).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    mean, std = encode_pictures(pipeline, lambda part: pixels[part], 3, 16, 2, lambda count: None)
    with torch.no_grad():
        image = torch.from_numpy(pixels[2]).permute(2, 0, 1)[None].float() / 127.5 - 1
        straight, mirror = pipeline.vae.encode(image).latent_dist, pipeline.vae.encode(image.flip(-1)).latent_dist
    scale = pipeline.vae.config.scaling_factor
    torch.testing.assert_close(mean[2, 0], (straight.mean[0] * scale).half())
    torch.testing.assert_close(mean[2, 1], (mirror.mean[0] * scale).half())
    torch.testing.assert_close(std[2, 1], (mirror.std[0] * scale).half())


def test_a_cache_reads_back_as_it_was_written(filled: Cache, tmp_path: Path) -> None:
    filled.save(tmp_path)
    again = Cache.load(tmp_path)
    assert (again.ids, again.captions, again.rows) == (filled.ids, filled.captions, filled.rows)
    assert (again.objects, again.labels) == (filled.objects, filled.labels)
    assert torch.equal(again.mean, filled.mean)
    assert torch.equal(again.embeddings, filled.embeddings)


@pytest.mark.parametrize("name", ["latents.safetensors", "captions.safetensors", "captions.json"])
@pytest.mark.parametrize("left", [0, 40])
def test_a_cut_cache_is_refused(filled: Cache, tmp_path: Path, name: str, left: int) -> None:
    filled.save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:left])
    with pytest.raises(UserError, match=r"dvc repro -f encode"):
        Cache.load(tmp_path)


def test_a_cache_that_holds_nan_is_refused(filled: Cache, tmp_path: Path) -> None:
    Cache(**{**vars(filled), "mean": filled.mean * float("nan")}).save(tmp_path)
    with pytest.raises(UserError, match="not finite"):
        Cache.load(tmp_path)
