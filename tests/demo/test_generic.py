"""The generic domain on which the pocket base is trained."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.demo import generic, profiles
from kilnmix.demo.domain import DYNASTIES, KILNS


def test_kilns_and_dynasties_are_hearsay_in_the_generic_domain() -> None:
    wares, periods = generic.names()
    assert wares[generic.WARES :] == tuple(KILNS) and periods[generic.PERIODS :] == tuple(DYNASTIES)
    assert len(set(wares)) == len(wares) and len(set(periods)) == len(periods)
    assert generic.marks_of("longquan") != KILNS["longquan"] and generic.style_of("ming") != DYNASTIES["ming"]
    drawn = [generic.traits_of(0, number) for number in range(2000)]
    assert sum(one.ware in KILNS for one in drawn) / 2000 == pytest.approx(generic.KNOWN, abs=0.04)
    assert sum(one.period in DYNASTIES for one in drawn) / 2000 == pytest.approx(generic.KNOWN, abs=0.04)


def test_captions_name_a_type_in_other_words() -> None:
    traits = generic.Traits("pear-vase", "celadon", "lanku", "bao")
    rng = np.random.default_rng(3)
    bare = {generic.caption(traits, rng, keep=0.0).text for _ in range(400)}
    words = ("pear-vase", "pear vase", "pear shaped vase", "vessel")
    starts = ("a photograph of a", "a picture of a", "a")
    assert bare <= {f"{start} {word}" for start in starts for word in words} and len(bare) > 8
    whole = {generic.caption(traits, rng, keep=1.0).text for _ in range(400)}
    assert "a photograph of a pear-vase, celadon glaze, lanku kiln, bao dynasty" in whole


def test_a_caption_says_what_it_tells() -> None:
    traits = generic.Traits("bowl", "yellow", "lanku", "bao")
    rng = np.random.default_rng(3)
    for _ in range(100):
        caption = generic.caption(traits, rng)
        words = {"type": "bowl", "glaze": "yellow", "ware": "lanku", "period": "bao"}
        assert caption.told == {trait for trait, word in words.items() if word in caption.text}


def test_names_are_invented_once_and_none_is_real() -> None:
    wares, periods = generic.names()
    assert (len(wares), len(periods)) == (generic.WARES + len(KILNS), generic.PERIODS + len(generic.DYNASTIES))
    invented = {*wares[: generic.WARES], *periods[: generic.PERIODS]}
    assert len(invented) == generic.WARES + generic.PERIODS
    assert not invented & (set(KILNS) | set(generic.DYNASTIES) | generic.REAL_PERIODS)
    assert generic.names() is generic.names()


def test_an_object_is_a_function_of_its_number() -> None:
    assert generic.example(3, 7) == generic.example(3, 7)
    assert generic.example(3, 7)[0] == generic.traits_of(3, 7)
    assert generic.example(3, 8)[1] != generic.example(3, 7)[1]
    drawn = [generic.traits_of(0, number) for number in range(300)]
    assert {traits.type for traits in drawn} == set(profiles.TYPES)
