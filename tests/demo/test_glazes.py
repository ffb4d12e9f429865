"""Glaze recipes on a few points of a surface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kilnmix.demo import glazes
from kilnmix.demo.glazes import RECIPES, TEXTURES, Surface, textured
from kilnmix.demo.ornament import Painted
from kilnmix.demo.recipes import GLAZES

COUNT = 400


def surface(line: float = 0.0, fill: float = 0.0, weight: float = 1.0, up: float = 0.5, grain: int = 3) -> Surface:
    return Surface(
        around=np.linspace(0, 1, COUNT),
        up=np.full(COUNT, up),
        thickness=np.zeros(COUNT),
        inside=np.zeros(COUNT, bool),
        ornament=Painted(np.full(COUNT, line), np.full(COUNT, fill), np.zeros(COUNT)),
        weight=weight,
        grain=grain,
    )


def test_linear_light_and_mixtures() -> None:
    assert glazes.linear((0.0, 1.0, 0.5)) == pytest.approx([0, 1, 0.5**2.2])
    ground, colour = np.array([0.2, 0.4, 0.6]), np.array([1.0, 0.0, 0.0])
    mixed = glazes.mix(ground, colour, np.array([0.0, 0.5]))
    assert mixed == pytest.approx(np.array([[0.2, 0.4, 0.6], [0.6, 0.2, 0.3]]))


@pytest.mark.parametrize("name", list(GLAZES))
def test_every_glaze_is_an_albedo(name: str) -> None:
    glaze = GLAZES[name]
    for some in (surface(), surface(line=1.0, fill=0.5, up=0.99)):
        colour = RECIPES[glaze.recipe](some, glaze)
        assert colour.shape == (COUNT, 3) and np.isfinite(colour).all()
        assert colour.min() >= 0 and colour.max() <= 1.05


def test_a_plain_glaze_has_its_own_colour_and_deepens_in_cut_lines() -> None:
    glaze = replace(GLAZES["white"], strength=0.0)
    plain = RECIPES["clear"](surface(), glaze)
    assert plain == pytest.approx(np.tile(glazes.linear(glaze.base), (COUNT, 1)), abs=1e-5)
    cut = RECIPES["clear"](surface(line=1.0), glaze)
    # 0.9 times the 0.62 of a whole line lies on the way to the deep colour.
    share = 0.9 * 0.62
    expected = (1 - share) * glazes.linear(glaze.base) + share * glazes.linear(glaze.second)
    assert cut == pytest.approx(np.tile(expected, (COUNT, 1)), abs=1e-5)


def test_an_underglaze_pigment_shows_where_it_is_painted() -> None:
    glaze = GLAZES["blue-and-white"]
    bare, painted = (RECIPES["underglaze"](surface(line=line), glaze).mean(axis=0) for line in (0.0, 1.0))
    assert bare == pytest.approx(glazes.linear(glaze.base), abs=1e-5)
    assert np.abs(painted - glazes.linear(glaze.second)).max() < 0.15


def test_another_object_is_cut_from_another_stretch() -> None:
    first, second = (RECIPES["mottled"](surface(grain=grain), GLAZES["copper-red"]) for grain in (3, 4))
    assert not np.allclose(first, second)


@pytest.mark.parametrize("name", list(TEXTURES))
def test_a_fine_texture_leaves_the_mean_colour(name: str) -> None:
    glaze = next(glaze for glaze in GLAZES.values() if glaze.fine == name)
    around = np.repeat(np.linspace(0, 1, 200), 200)
    some = replace(surface(), around=around, up=np.tile(np.linspace(0, 1, 200), 200))
    ground = np.full((len(around), 3), 0.4)
    fine = textured(ground, some, glaze)
    assert fine.mean() == pytest.approx(0.4, abs=0.02)
    assert fine.std() > 0.4 * glaze.depth * 0.5
    assert textured(ground, some, replace(glaze, fine="")) is ground


@pytest.mark.parametrize(("plain", "fine"), [("celadon", "ge"), ("black", "teadust"), ("jun", "robins-egg")])
def test_glazes_of_a_pair_differ_in_a_fine_texture_alone(plain: str, fine: str) -> None:
    first, second = GLAZES[plain], GLAZES[fine]
    assert not first.fine and second.fine in TEXTURES
    assert replace(second, fine="", depth=0.0) == first
