import cv2
import numpy as np

from kilnmix.curation.copies import laying, views
from kilnmix.curation.copies.structure import small, structure
from tests.curation.copies.pictures import SIDE, vessel


def test_a_crop_is_laid_where_it_was_cut() -> None:
    picture = vessel(3)
    cut = cv2.resize(picture[10:86, 12:88], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    image, whole = structure(small(cut)), structure(small(picture))
    photograph = laying.rough_photograph(whole), laying.fine_photograph(whole)
    rough, fine = laying.rough_level(image), laying.fine_level(image)
    begun = views.place(0.8, 0, 0.1, 0)
    found = laying.lay(rough, photograph[0], begun, laying.ROUGH_STEPS)
    assert laying.agreement(rough, photograph[0], begun) < 0.9 < laying.agreement(rough, photograph[0], found)
    found = laying.lay(fine, photograph[1], found, laying.FINE_STEPS)
    # 76 of 96 pixels a side; the cut's middle is at 50 and 48 where the picture's is at 48 and 48.
    np.testing.assert_allclose(found, [[76 / 96, 0, 2 / 48], [0, 76 / 96, 0]], atol=0.015)


def test_a_blank_image_stays_where_it_is() -> None:
    blank = structure(np.full((SIDE, SIDE, 3), 90, np.float32))
    level, photograph = laying.rough_level(blank), laying.rough_photograph(structure(small(vessel(1))))
    found = laying.lay(level, photograph, views.place(1.0), laying.ROUGH_STEPS)
    assert abs(laying.agreement(level, photograph, found)) < 1e-6
    assert np.isfinite(found).all()
