from pathlib import Path

import numpy as np
import torch
from PIL import Image

from kilnmix.generator.base import load_base
from kilnmix.generator.cache import Cache
from kilnmix.generator.tuning.network import Network
from kilnmix.generator.tuning.samples import Sampler, shown_captions
from tests.generator.conftest import make_settings


def test_the_commonest_captions_and_the_rarest_in_turn(filled: Cache) -> None:
    # Full captions: 1 twice, 2 twice, 3 once.
    assert list(shown_captions(filled, 3)) == [1, 3, 2]
    assert list(shown_captions(filled, 9)) == [1, 3, 2]


def test_a_row_of_pictures_is_drawn_when_it_is_due(tiny_base: Path, filled: Cache, tmp_path: Path) -> None:
    settings = make_settings(tiny_base, lora={"samples": {"every": 3, "images": 2, "steps": 2}})
    pipeline = load_base(settings)
    sampler = Sampler(pipeline, Network(pipeline, filled, settings, torch.device("cpu")), filled, settings, tmp_path)
    assert [step for step in range(7) if sampler.due(step)] == [0, 3, 6]
    for step in (0, 3):
        sampler.look(step)
    first, second = (np.asarray(Image.open(tmp_path / f"{step:06d}.png")) for step in (0, 3))
    assert first.shape == (16, 32, 3)
    assert np.array_equal(first, second)  # nothing was learnt in between
    (tmp_path / "000003.png").write_bytes(b"there already")
    sampler.look(3)
    assert (tmp_path / "000003.png").read_bytes() == b"there already"
