from pathlib import Path

import cv2
import numpy as np
import pytest

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.curation.copies.find import Comparison, joined
from tests import composed
from tests.curation.copies.pictures import edited, vessels

SETTINGS = composed.settings().curation.copies


def collection(folder: Path, pixels: np.ndarray, objects: np.ndarray) -> Prepared:
    """Photographs of which the last three are for validation and test."""
    np.save(folder / "pixels.npy", pixels)
    count = len(pixels)
    parts = np.array(["train"] * (count - 3) + ["val", "test", "test"])
    return Prepared(
        folder, (Task("type", ("bowl",), {}),), np.array([f"{n}.png" for n in range(count)]), objects,
        {"type": np.zeros(count, np.int64)}, {0: parts}, np.full(count, ""), np.full(count, np.nan, np.float32),
    )  # fmt: skip


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    return Comparison(collection(tmp_path, vessels(12), np.arange(12)), 0, SETTINGS)


def test_memorised_and_leaked_and_new(comparison: Comparison) -> None:
    new = vessels(2, first=80)
    memorised, leaked = edited(vessels(12)[4])["crop"], edited(vessels(12)[10])["turn"]
    found = comparison.compare(np.stack([memorised, leaked, *new]))
    assert found.memorised.tolist() == [True, False, False, False]
    assert found.leaked.tolist() == [False, True, False, False]
    assert (found.nearest[0], found.held_out[1]) == (4, 10)
    assert comparison.flags(1, 0, 4) == ()  # of nine photographs one in ten may be so near
    assert comparison.flags(4, 4, 4) == ("memorised", "leaked")
    twice = joined([found, found])
    assert twice.memorised.tolist() == found.memorised.tolist() * 2


def test_an_image_may_resemble_the_photograph_that_it_was_drawn_from(comparison: Comparison) -> None:
    source = vessels(12)[4].astype(float)
    redrawn = cv2.GaussianBlur(source, (0, 0), 2) * 0.6 + vessels(1, first=90)[0] * 0.4
    images = np.stack([redrawn.astype(np.uint8), edited(vessels(12)[4])["bright"], edited(vessels(12)[2])["flip"]])
    found = comparison.compare(images, ["4.png"] * 3)
    assert found.memorised.tolist() == [False, True, True]
    assert found.nearest[1:].tolist() == [4, 2]


def test_views_of_one_object_do_not_raise_the_line(tmp_path: Path) -> None:
    pixels = vessels(12)
    pixels[1] = edited(pixels[0])["bright"]
    alike = Comparison(collection(tmp_path, pixels, np.array([0, 0, *range(2, 12)])), 0, SETTINGS)
    assert (alike.memory.threshold, alike.twins) == (SETTINGS.least, 0)
    unknown = Comparison(collection(tmp_path, pixels, np.arange(12)), 0, SETTINGS)
    assert (unknown.memory.threshold, unknown.twins) == (SETTINGS.least, 2)


def test_a_fold_without_held_out_photographs(tmp_path: Path) -> None:
    photographs = collection(tmp_path, vessels(6), np.arange(6))
    found = Comparison(photographs, "all", SETTINGS).compare(vessels(6)[5:])
    assert (found.memorised.tolist(), found.leaked.tolist(), found.held_out.tolist()) == ([True], [False], [-1])
