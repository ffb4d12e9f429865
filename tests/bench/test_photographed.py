"""New photographs are of the collection's own kind: an object of the collection comes out as `prepare` has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from bench.photographed import photographed

from kilnmix.collection.pictures.decoding import PIXELS, Rules, decode_all
from kilnmix.config import composition
from kilnmix.demo.collection import draw_objects, render_collection
from tests.tiny_project import REPOSITORY


def test_an_object_of_the_collection_has_the_pixels_that_prepare_gives_it(tmp_path: Path) -> None:
    collection = composition.compose((), REPOSITORY / "conf")[1].collection
    rows = render_collection(tmp_path / "data", 5, objects=4)
    paths = [tmp_path / "data" / row.image for row in rows]
    decoded = tmp_path / "decoded"
    decoded.mkdir()
    decode_all(paths, decoded, Rules(collection.size, collection.resize_mode), processes=1, progress=False)
    pixels = np.load(decoded / PIXELS)
    for number, labels in enumerate(draw_objects(5, 4)):
        own = photographed(labels, 5, "demo/object", number, collection)
        assert own.shape == (96, 96, 3)
        views = [place for place, row in enumerate(rows) if row.object_id == f"k{number:04d}"]
        assert any(np.array_equal(pixels[place], own) for place in views)
