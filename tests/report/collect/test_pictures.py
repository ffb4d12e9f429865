"""Pictures for the report, from a small collection and a pool on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.common import manifest
from kilnmix.common.paths import output
from kilnmix.curation import accepted
from kilnmix.curation.accepted import Curated
from kilnmix.report.collect.pictures import PHOTOGRAPHS, photographs_of_part, samples
from tests.composed import settings

TASKS = (Task("glaze", ("red", "white"), {}),)


@pytest.fixture
def photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """Twenty photographs, of grey 0 to 19, every fourth without a label."""
    monkeypatch.chdir(tmp_path)
    np.save("pixels.npy", np.arange(20, dtype=np.uint8)[:, None, None, None] * np.ones((4, 4, 3), np.uint8))
    labels = np.where(np.arange(20) % 4 == 0, -1, np.arange(20) % 2)
    parts = {0: np.array(["train"] * 14 + ["test"] * 6)}
    ids = np.array([f"{n}.jpg" for n in range(20)])
    return Prepared(tmp_path, TASKS, ids, np.arange(20), {"glaze": labels}, parts, np.full(20, ""))


def test_a_few_photographs_of_a_part_by_the_studys_seed(photographs: Prepared) -> None:
    params = settings(folds=[0], pool_folds=[0], refit_pool=0)
    shown = photographs_of_part(params, photographs, "train")
    assert len(shown) == PHOTOGRAPHS and len({picture.name for picture in shown}) == PHOTOGRAPHS
    for picture in shown:
        number = int(picture.name.removesuffix(".jpg"))
        assert number < 14 and (picture.pixels == number).all()
        assert picture.labels == ({} if number % 4 == 0 else {"glaze": TASKS[0].classes[number % 2]})
    assert [p.name for p in photographs_of_part(params, photographs, "train")] == [p.name for p in shown]
    assert len(photographs_of_part(params, photographs, "test")) == 6


def test_images_beside_their_nearest_photographs(photographs: Prepared) -> None:
    pool, curated = output("generate", 0, 0), output("curate", 0, 0)
    (pool / "images").mkdir(parents=True)
    curated.mkdir(parents=True)
    for name, grey in (("000000", 50), ("000001", 60)):
        Image.new("RGB", (4, 4), (grey,) * 3).save(pool / "images" / f"{name}.png")
    (pool / "pool.csv").write_text("id,seed,prompt,glaze\n000000,1,a red bowl,red\n000001,2,a bowl,\n")
    accepted.write_table(
        curated,
        TASKS,
        Curated(
            ids=["000000", "000001"],
            status=["memorised", "accepted"],
            nearest=["3.jpg", "gone.jpg"],
            similarity=np.array([0.96, 0.5]),
            asked=np.array([[0], [-1]]),
            probability=np.ones((2, 1), np.float32),
            masked=np.array([[True], [False]]),
        ),
    )
    for folder in (pool, curated):
        manifest.write(folder)
    first, second = samples(photographs, 0, 0)
    assert (first.prompt, first.labels, first.masked) == ("a red bowl", {"glaze": "red"}, ("glaze",))
    assert (first.status, first.similarity) == ("memorised", 0.96)
    assert first.nearest is not None and first.nearest.name == "3.jpg" and (first.pixels == 50).all()
    assert (second.labels, second.masked, second.nearest) == ({}, (), None)
