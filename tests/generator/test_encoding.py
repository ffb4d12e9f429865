from pathlib import Path

import numpy as np
import torch

from kilnmix.generator.base import load_base
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
