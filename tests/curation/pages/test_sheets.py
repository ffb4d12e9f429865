import base64
import io

import numpy as np
from PIL import Image

from kilnmix.curation.pages import sheets


def test_a_hundred_pictures_a_sheet_row_by_row() -> None:
    drawn = list(sheets.sheets(np.full((8, 8, 3), number, np.uint8) for number in range(0, 212, 2)))
    first, second = (np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet)))) for sheet in drawn)
    assert (first.shape, second.shape) == ((960, 960, 3), (96, 960, 3))
    # The 24th picture (46) is the fourth of the third row; the 101st (200) the first of the second sheet.
    assert abs(int(first[2 * 96 + 48, 3 * 96 + 48, 1]) - 46) <= 3
    assert abs(int(second[48, 48, 1]) - 200) <= 3
    assert list(sheets.sheets([])) == []
