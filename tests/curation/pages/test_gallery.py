"""The gallery of a pool."""

from __future__ import annotations

import numpy as np

from kilnmix.collection.prepared import Task
from kilnmix.curation.accepted import Curated
from kilnmix.curation.pages import gallery

TASKS = (Task("glaze", ("celadon", "red"), {"celadon": "celadon", "red": "<red>"}, {"celadon": "青釉"}),)
CURATED = Curated(
    ids=["a", "b", "c"],
    status=["accepted", "memorised", "accepted"],
    nearest=["x", "x", "x"],
    similarity=np.zeros(3),
    asked=np.array([[0], [1], [-1]]),
    probability=np.ones((3, 1), np.float32),
    masked=np.array([[True], [False], [False]]),
)
PIXELS = np.zeros((3, 8, 8, 3), np.uint8)


def test_images_by_what_became_of_them_with_masked_labels_struck_out() -> None:
    page = gallery.page((0, 1), "", TASKS, CURATED, PIXELS.__getitem__)
    assert "Synthetic images of fold 0, adapter 1" in page
    assert "accepted: 2" in page
    assert "copy of a training photograph: 1" in page
    assert '<span class="masked">celadon</span>' in page
    assert "&lt;red&gt;" in page and "<red>" not in page
    assert 'value="0/1/c"' in page
    assert "a file that <code>curation.vetoes</code> names" in page


def test_in_chinese() -> None:
    page = gallery.page(("all", 0), "vetoes.txt", TASKS, CURATED, PIXELS.__getitem__, "zh")
    assert '<html lang="zh-Hans">' in page
    assert "采用：2" in page
    assert '<span class="masked">青釉</span>' in page
    assert "<code>vetoes.txt</code>" in page
