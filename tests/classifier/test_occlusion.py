import numpy as np

from kilnmix.classifier import occlusion

SIDE = 48


def reads_the_corner(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Sure of class 1 as far as the first quarter of rows and columns is white."""
    share = pixels[:, : SIDE // 4, : SIDE // 4].mean(axis=(1, 2, 3)) / 255
    return {"glaze": np.stack([1 - share, share], axis=1).astype(np.float32)}


def test_heat_is_where_the_answer_comes_from() -> None:
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    square[: SIDE // 4, : SIDE // 4] = 255
    heat = occlusion.heat(reads_the_corner, square, {"glaze": 1})["glaze"]
    assert heat.shape == (SIDE, SIDE)
    assert heat[2, 2] == heat.max() > 0.1
    assert heat[SIDE // 2 :, SIDE // 2 :].max() == 0
    drawn = occlusion.overlaid(square, heat)
    assert drawn[2, 2, 0] > drawn[2, 2, 2]
    assert (drawn[-1, -1] == 0).all()


def test_covers_reach_every_pixel_once_at_least() -> None:
    times = np.zeros((SIDE, SIDE), int)
    for place in occlusion.windows(SIDE):
        times[place] += 1
    assert times.min() >= 1
    assert len(occlusion.windows(SIDE)) == occlusion.STEPS**2


def test_an_answer_that_no_place_decides_has_no_heat() -> None:
    square = np.full((SIDE, SIDE, 3), 90, np.uint8)
    heat = occlusion.heat(lambda pixels: {"glaze": np.ones((len(pixels), 1), np.float32)}, square, {"glaze": 0})
    assert not heat["glaze"].any()
    assert (occlusion.overlaid(square, heat["glaze"]) == 90).all()
