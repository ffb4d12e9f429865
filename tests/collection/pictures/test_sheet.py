import numpy as np
import pytest

from kilnmix.collection.pictures.sheet import GAP, SIDE, contact_sheet, spread


def test_pictures_stand_row_by_row_on_white() -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (10, 20, 30)]
    sheet = contact_sheet([np.full((8, 8, 3), colour, np.uint8) for colour in colours])
    step = SIDE + GAP
    assert sheet.size == (3 * step - GAP, 2 * step - GAP)
    places = [(5, 5), (step + 5, 5), (2 * step + 5, 5), (5, step + 5)]
    assert [sheet.getpixel(place) for place in places] == colours
    assert sheet.getpixel((step + 5, step + 5)) == (255, 255, 255)


def test_a_few_of_many_are_spread_evenly() -> None:
    assert spread(3) == [0, 1, 2]
    assert spread(10, most=4) == [0, 2, 5, 7]
    assert spread(0) == []


def test_without_pictures_there_is_no_sheet() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        contact_sheet([])
