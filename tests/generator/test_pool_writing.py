"""Images and table of a pool on the disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.collection.prepared import Task
from kilnmix.generator import pool_writing
from kilnmix.generator.order import Order, Request, image_seed

TASKS = (Task("glaze", ("celadon", "blue"), {}),)
SOURCES = pool_writing.Sources(("x.jpg", "y.jpg"), ((1,), (0,)))


def test_an_image_says_how_it_was_made_and_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "000003.png"
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    pool_writing.write_image(path, pixels, {"prompt": "碗", "seed": 5})
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)
        assert json.loads(image.text["kilnmix"]).items() >= {"prompt": "碗", "seed": 5}.items()
    assert pool_writing.is_whole(path, 4) and not pool_writing.is_whole(path, 8)
    path.write_bytes(path.read_bytes()[:-12])
    assert not pool_writing.is_whole(path, 4) and not pool_writing.is_whole(tmp_path / "none.png", 4)


@pytest.mark.parametrize("begun", [False, True])
def test_the_table_follows_the_order(tmp_path: Path, begun: bool) -> None:
    first = Request(0, (1,), source=1, weight=0.25) if begun else Request(0, (1,))
    order = Order((first, Request(7, (-1,))), ("a, b", "c"), ())
    (tmp_path / "drawn").mkdir()
    for number in (0, 7, 9):
        (tmp_path / "drawn" / f"{number:06d}.png").write_bytes(bytes([number]))
    pool_writing.write(tmp_path, TASKS, order, tmp_path / "drawn", 3, SOURCES)
    shares = ',"{""blue"": 0.25, ""celadon"": 0.75}"'
    more = (",source,weight,glaze_soft", f",y.jpg,0.25{shares}", ",,1,") if begun else ("", "", "")
    assert (tmp_path / "pool.csv").read_text().splitlines() == [
        f"id,seed,prompt,glaze{more[0]}",
        f'000000,{image_seed(3, 0)},"a, b",blue{more[1]}',
        f"000007,{image_seed(3, 7)},c,{more[2]}",
    ]
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == ["000000.png", "000007.png"]
