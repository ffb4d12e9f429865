import base64
import io

import numpy as np
from PIL import Image

from kilnmix.collection.pictures.thumbnail import data_uri


def test_large_pictures_are_shown_small_and_small_ones_as_they_are() -> None:
    for side, shown in ((512, 128), (64, 64)):
        data = data_uri(np.zeros((side, side, 3), np.uint8)).removeprefix("data:image/webp;base64,")
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            assert image.size == (shown, shown)
