"""A pool drawn into a folder, and taken up where it was left."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from kilnmix.generator.base import load_base
from kilnmix.generator.drawing.folder import draw_into
from kilnmix.generator.order import Order, Request, image_seed
from tests.generator.conftest import make_settings

ORDER = Order(tuple(Request(number, (0,)) for number in range(4)), ("a bowl", "a jar", "a bowl", "celadon"), ())


def test_what_is_there_is_taken_up_and_what_was_cut_is_drawn_again(tiny_base: Path, tmp_path: Path) -> None:
    settings = make_settings(tiny_base)
    told: list[int] = []
    draw_into(tmp_path, load_base(settings), ORDER, settings, 5, {"adapter": "x"}, told.append)
    assert told == [0, 1, 1, 1, 1]
    paths = sorted(tmp_path.iterdir())
    assert [path.name for path in paths] == [f"{number:06d}.png" for number in range(4)]
    whole = [np.asarray(Image.open(path)) for path in paths]
    with Image.open(paths[1]) as image:
        made = json.loads(image.text["kilnmix"])
    assert made["prompt"] == "a jar" and made["seed"] == image_seed(5, 1) and made["adapter"] == "x"
    paths[2].write_bytes(paths[2].read_bytes()[:60])
    paths[3].unlink()
    kept = paths[0].read_bytes()
    told.clear()
    draw_into(tmp_path, load_base(settings), ORDER, settings, 5, {"adapter": "x"}, told.append)
    assert told == [2, 1, 1] and paths[0].read_bytes() == kept
    for path, pixels in zip(paths, whole, strict=True):
        assert np.abs(np.asarray(Image.open(path)).astype(int) - pixels).max() <= 1
