"""From words to a piece and its photograph."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from kilnmix.demo.glazes import RECIPES
from kilnmix.demo.profiles import TYPES
from kilnmix.demo.recipes import BACKDROPS, GLAZES, assemble, glaze_of, vary, view_of, wide_view_of
from tests.demo.test_profiles import BARE, PLAIN


def test_a_colour_varied_by_nothing_stays_and_others_stray_as_told() -> None:
    rng = np.random.default_rng(0)
    assert vary((0.6, 0.4, 0.2), rng, 0.0, 0.0) == pytest.approx((0.6, 0.4, 0.2))
    hue = colorsys.rgb_to_hls(0.6, 0.4, 0.2)[0]
    drawn = [colorsys.rgb_to_hls(*vary((0.6, 0.4, 0.2), rng, 0.02, 0.0))[0] - hue for _ in range(400)]
    # Four standard errors of a deviation from 400 draws.
    assert np.std(drawn) == pytest.approx(0.02, rel=0.15) and np.mean(drawn) == pytest.approx(0, abs=0.004)


def test_an_objects_glaze_is_a_neighbour_of_the_named_one() -> None:
    for name, glaze in GLAZES.items():
        own = glaze_of(name, np.random.default_rng(1))
        assert (own.recipe, own.painted) == (glaze.recipe, glaze.painted)
        assert np.abs(np.subtract(own.base, glaze.base)).max() < 0.25
        assert own.recipe in RECIPES
    assert glaze_of("white", np.random.default_rng(1)) == glaze_of("white", np.random.default_rng(1))


@pytest.mark.parametrize("kind", list(TYPES))
def test_what_a_type_is_put_together_from(kind: str) -> None:
    made = [assemble(kind, GLAZES["white"], BARE, PLAIN, np.random.default_rng(seed)) for seed in range(60)]
    parts = {part for piece in made for part in piece.parts}
    assert parts == {
        "ewer": {"spout", "handle"}, "teapot": {"spout", "handle"}, "censer": {"feet", "ears"}, "jar": {"loops"},
        "pear-vase": {"ears"},
    }.get(kind, set())  # fmt: skip
    covered = {piece.covered for piece in made}
    assert covered == {"teapot": {True}, "ewer": {True, False}, "jar": {True, False}}.get(kind, {False})
    assert not any(piece.covered and "loops" in piece.parts for piece in made)


def test_low_forms_are_seen_from_further_above() -> None:
    def pitch(kind: str) -> float:
        return float(np.mean([view_of(kind, np.random.default_rng(seed)).pitch for seed in range(100)]))

    assert pitch("dish") > pitch("bottle") + 0.1
    views = [wide_view_of("bowl", np.random.default_rng(seed)) for seed in range(50)]
    assert len({view.grain for view in views}) > 40


def test_backdrops_are_shares_of_one() -> None:
    assert sum(share for *_, share in BACKDROPS) == pytest.approx(1)
