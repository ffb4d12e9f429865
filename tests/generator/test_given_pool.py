from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError
from kilnmix.generator import given_pool, pool_writing
from kilnmix.generator.pool import load

TASKS = (Task("glaze", ("celadon", "blue"), {"celadon": "celadon", "blue": "blue"}),)


def folder(path: Path, table: str) -> Path:
    (path / "images").mkdir(parents=True)
    for name, colour in (("a.png", (255, 0, 0)), ("b.jpg", (0, 0, 255))):
        Image.new("RGB", (40, 20), colour).save(path / "images" / name)
    (path / "pool.csv").write_text(table)
    return path


def test_a_folder_with_a_table_becomes_a_pool(tmp_path: Path) -> None:
    given = given_pool.read(folder(tmp_path / "in", "image,glaze\na,celadon\nb.jpg,\n"), TASKS)
    given_pool.take(given, tmp_path / "drawn", 16, lambda count: None)
    (tmp_path / "out").mkdir()
    pool_writing.write(tmp_path / "out", TASKS, given.order, tmp_path / "drawn", 0)
    read = load(tmp_path / "out", TASKS)
    assert read.labels.tolist() == [[0], [-1]]
    assert read.pictures([0, 1]).shape == (2, 16, 16, 3)
    assert np.abs(read.picture(0).astype(int) - (255, 0, 0)).max() == 0


@pytest.mark.parametrize(
    ("table", "match"),
    [("image,glaze\nc,celadon\n", "line 2: there is no picture 'c'"), ("image,glaze\na,jun\n", "'jun' is no class"),
     ("image,kiln\na,x\n", "a column of a task"), ("", "needs rows"), ("image,glaze\n../../x,celadon\n", "no picture")],
)  # fmt: skip
def test_tables_that_do_not_fit_are_sentences(tmp_path: Path, table: str, match: str) -> None:
    with pytest.raises(UserError, match=match):
        given_pool.read(folder(tmp_path / "in", table), TASKS)
