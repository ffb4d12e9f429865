import numpy as np
import pytest

from kilnmix.generator.nuisance import backdrop, marginal


@pytest.mark.parametrize(
    ("colour", "word"),
    [((10, 10, 10), "black"), ((80, 80, 80), "dark grey"), ((130, 130, 130), "grey"), ((250, 250, 250), "white"),
     ((200, 40, 40), "red"), ((40, 60, 200), "blue"), ((60, 180, 70), "green"), ((200, 190, 60), "yellow")],
)  # fmt: skip
def test_the_backdrop_is_the_borders_shade_whatever_stands_in_the_middle(colour: tuple[int, ...], word: str) -> None:
    pixels = np.full((32, 32, 3), colour, np.uint8)
    pixels[8:24, 8:24] = (255, 0, 255)
    assert backdrop(pixels) == word


def test_every_combination_gets_the_nuisances_of_the_whole_set() -> None:
    terms = [("grey",)] * 6 + [("white",)] * 3 + [()]
    asked = [(0,)] * 20 + [(1,)] * 10
    drawn = marginal(terms, asked, 3)
    for label, size in ((0, 20), (1, 10)):
        own = [value for value, labels in zip(drawn, asked, strict=True) if labels == (label,)]
        assert [own.count(kind) for kind in (("grey",), ("white",), ())] == [size * 6 // 10, size * 3 // 10, size // 10]
    assert marginal(terms, asked, 3) == drawn
