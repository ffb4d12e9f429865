import cv2
import numpy as np

from kilnmix.curation.copies import laying, views
from kilnmix.curation.copies.structure import small, structure
from tests.curation.copies.pictures import SIDE, vessel


def test_a_crop_is_laid_where_it_was_cut() -> None:
    picture = vessel(3)
    cut = cv2.resize(picture[10:86, 12:88], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    found = laying.lay(
        laying.levels(structure(small(cut))), laying.blurred(structure(small(picture))), views.place(0.8, 0, 0.1, 0)
    )
    # 76 of 96 pixels a side; the cut's middle is at 50 and 48 where the picture's is at 48 and 48.
    np.testing.assert_allclose(found, [[76 / 96, 0, 2 / 48], [0, 76 / 96, 0]], atol=0.015)


def test_a_blank_image_stays_where_it_is() -> None:
    blank = structure(np.full((SIDE, SIDE, 3), 90, np.float32))
    found = laying.lay(laying.levels(blank), laying.blurred(structure(small(vessel(1)))), views.place(1.0))
    assert np.isfinite(found).all()
