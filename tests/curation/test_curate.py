from pathlib import Path

import numpy as np

from kilnmix.classifier.data.resize import resized
from kilnmix.curation import curate


def test_accepted_pictures_are_written_as_if_all_at_once(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (140, 8, 8, 3), np.uint8)
    chosen = np.arange(1, 140)
    curate.write_pixels(tmp_path, pixels, chosen, 4)
    np.save(tmp_path / "whole.npy", resized(pixels[chosen], 4))
    assert (tmp_path / "pixels.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()
    curate.write_pixels(tmp_path, pixels, chosen[:0], 4)
    assert np.load(tmp_path / "pixels.npy").shape == (0, 4, 4, 3)
