import numpy as np

from kilnmix.curation.copies.search import Image, Search
from tests.curation.copies.pictures import edited, vessel, vessels

PHOTOGRAPHS = vessels(10)


def test_edits_score_high_and_other_objects_low() -> None:
    search = Search(PHOTOGRAPHS, np.arange(2, 10))
    edits = edited(PHOTOGRAPHS[5])
    found = search.nearest([Image(picture) for picture in edits.values()])
    assert found.rows.tolist() == [5] * len(edits)
    assert found.scores.min() > 0.8  # JPEG 0.83, the others above 0.999
    others = search.nearest([Image(picture) for picture in (*map(vessel, range(50, 60)), PHOTOGRAPHS[0])])
    assert others.scores.max() < 0.5


def test_what_an_image_is_not_compared_with() -> None:
    search = Search(PHOTOGRAPHS, np.arange(10))
    images = [Image(PHOTOGRAPHS[row]) for row in (3, 4)]
    found = search.nearest(images, [frozenset([3]), frozenset()])
    assert found.rows[1] == 4
    assert found.rows[0] != 3
    assert found.scores[0] < 0.5 < found.scores[1]
    assert search.against(images[0], 3) > 0.99
    assert search.against(images[0], 4) < 0.5


def test_without_photographs_nothing_is_near() -> None:
    found = Search(PHOTOGRAPHS, np.arange(0)).nearest([Image(picture) for picture in PHOTOGRAPHS[:2]])
    assert found.rows.tolist() == [-1, -1]
    assert found.scores.tolist() == [0, 0]
