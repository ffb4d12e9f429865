from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError
from kilnmix.generator.pool import load

TASKS = (Task("glaze", ("celadon", "blue"), {}), Task("type", ("bowl",), {}))


def test_a_pools_table_and_pictures(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name, colour in (("000000", 10), ("000007", 20)):
        Image.new("L", (4, 4), colour).save(tmp_path / "images" / f"{name}.png")
    (tmp_path / "pool.csv").write_text(
        'id,seed,prompt,glaze,type,source,weight\n000000,12,"a, b",blue,,p.jpg,0.25\n000007,13,c,celadon,bowl,,\n'
    )
    pool = load(tmp_path, TASKS)
    assert (len(pool), pool.ids, pool.seeds, pool.prompts) == (2, ("000000", "000007"), (12, 13), ("a, b", "c"))
    assert pool.labels.tolist() == [[1, -1], [0, 0]]
    assert (pool.sources, pool.weights) == (("p.jpg", ""), (0.25, 1.0))
    assert pool.pictures([0, 1]).shape == (2, 4, 4, 3)
    np.testing.assert_array_equal(pool.picture(1), np.full((4, 4, 3), 20))


def test_an_empty_pool_and_none(tmp_path: Path) -> None:
    (tmp_path / "pool.csv").write_text("id,seed,prompt,glaze,type\n")
    assert load(tmp_path, TASKS).labels.shape == (0, 2)
    with pytest.raises(UserError, match="dvc repro generate"):
        load(tmp_path / "none", TASKS)
