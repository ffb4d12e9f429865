import numpy as np
import pytest

from kilnmix.curation.copies import views


def test_places_by_hand() -> None:
    assert views.place(0.8, 0, 0.1, -0.2).tolist() == [[0.8, 0, 0.1], [0, 0.8, -0.2]]
    # The image's view shows its middle half; the photograph's shows the half to the right: a point x of the image is
    # 2 x of the view, which is 0.5 (2 x) + 0.5 of the photograph.
    found = views.between(views.place(0.5), views.place(0.5, 0, 0.5, 0))
    np.testing.assert_allclose(found, [[1, 0, 0.5], [0, 1, 0]])


def test_the_same_place_is_the_picture_and_half_is_a_quarter_of_it() -> None:
    picture = np.arange(64, dtype=np.float32).reshape(8, 8)
    np.testing.assert_allclose(views.sample(picture, views.place(1.0), 8), picture)
    np.testing.assert_allclose(views.sample(picture, views.place(0.5, 0, 0.5, 0.5), 4), picture[4:, 4:])
    # Smaller: every pixel lies between four.
    assert views.sample(picture, views.place(1.0), 4)[0, 0] == pytest.approx(picture[:2, :2].mean())


def test_overlap_leaves_out_the_rim_and_what_lies_outside() -> None:
    whole = views.overlap(views.place(1.0), 10, 1)
    assert whole.sum() == 64
    half = views.overlap(views.place(1.0, 0, 1.0, 0), 10, 1)
    assert half[:, 5:].sum() == 0
    assert half[5, 2] == 1
