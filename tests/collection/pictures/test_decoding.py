"""Many files -> arrays on disk, with what became of each."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from kilnmix.collection.pictures import decoding
from kilnmix.collection.pictures.decoding import Rules, decode_all


def test_rows_follow_their_files(tmp_path: Path) -> None:
    colours = [(200, 10, 10), (10, 200, 10), (10, 10, 200)]
    paths = []
    for number, colour in enumerate(colours):
        paths.append(tmp_path / f"{number}.png")
        Image.new("RGB", (40 + 10 * number, 40), colour).save(paths[-1])
    (tmp_path / "damaged.png").write_bytes(paths[0].read_bytes()[:-30])
    Image.new("RGB", (8, 8)).save(tmp_path / "small.png")
    paths[1:1] = [tmp_path / "damaged.png", tmp_path / "none.png", tmp_path / "small.png"]
    found = decode_all(paths, tmp_path, Rules(side=16, min_side=32), progress=False)
    assert [one.why for one in found] == ["", "damaged", "missing-file", "too-small", "", ""]
    pixels, grey = np.load(tmp_path / decoding.PIXELS), np.load(tmp_path / decoding.GREY)
    assert (pixels.shape, grey.shape) == ((6, 16, 16, 3), (6, 64, 64))
    assert pixels[[0, 4, 5], 8, 8].tolist() == [list(colour) for colour in colours]
    assert not pixels[1:4].any() and not grey[1:4].any()
    assert (found[4].width, found[4].height, found[4].format) == (50, 40, "PNG")
    assert found[4].digest == hashlib.sha256(paths[4].read_bytes()).hexdigest()


def test_no_files_make_empty_arrays(tmp_path: Path) -> None:
    assert decode_all([], tmp_path, Rules(side=16), progress=False) == []
    assert np.load(tmp_path / decoding.PIXELS).shape == (0, 16, 16, 3)


def test_more_files_than_a_chunk_stay_in_order(tmp_path: Path) -> None:
    paths = []
    for number in range(decoding.CHUNK + 3):
        paths.append(tmp_path / f"{number}.png")
        Image.new("RGB", (32, 32), (number, 0, 0)).save(paths[-1])
    decode_all(paths, tmp_path, Rules(side=8), processes=1, progress=False)
    assert np.load(tmp_path / decoding.PIXELS)[:, 0, 0, 0].tolist() == list(range(len(paths)))
