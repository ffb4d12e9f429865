"""The joint distribution of the demo's labels and the generic domain."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from kilnmix.demo import domain, few, generic
from kilnmix.demo.domain import ATTESTED, DYNASTIES, FAVOURS, KILNS, TASKS, TYPES, WITHOUT


def test_the_joint_distribution_sums_to_one_and_holds_attested_combinations_only() -> None:
    table = domain.joint()
    assert sum(table.values()) == pytest.approx(1)
    for labels in table:
        assert labels.dynasty in ATTESTED[labels.kiln, labels.glaze]
        assert labels.type not in WITHOUT[labels.dynasty]
        assert FAVOURS.get(labels.kiln, {}).get(labels.type, 1.0) > 0


def test_it_is_long_tailed_and_kiln_depends_on_glaze() -> None:
    table = domain.joint()
    kilns: Counter[str] = Counter()
    for labels, p in table.items():
        kilns[labels.kiln] += p  # type: ignore[assignment]
    shares = sorted(kilns.values(), reverse=True)
    assert shares[0] > 8 * shares[-1]
    black = {labels.kiln for labels in table if labels.glaze == "black"}
    assert {"jian", "cizhou", "ding"} <= black and "longquan" not in black
    assert all(
        len({labels.kiln for labels in table if labels.glaze == glaze}) >= 2 for glaze in ("celadon", "white", "black")
    )


def test_there_are_enough_classes() -> None:
    table = domain.joint()
    counts = {task: len({getattr(labels, task) for labels in table}) for task in TASKS}
    assert counts == {"dynasty": len(DYNASTIES), "glaze": 8, "kiln": len(KILNS), "type": len(TYPES)}
    assert counts["kiln"] >= 6 and counts["type"] >= 8 and counts["dynasty"] == 4


def test_draws_follow_the_table() -> None:
    drawn = Counter(domain.draw_labels(np.random.default_rng(0), 20_000))
    table = domain.joint()
    assert set(drawn) <= set(table)
    for labels, p in table.items():
        assert drawn[labels] / 20_000 == pytest.approx(p, abs=5 * (p / 20_000) ** 0.5)


def test_balanced_draws_have_every_class_equally_often() -> None:
    drawn = Counter(labels.kiln for labels in domain.balanced_labels(np.random.default_rng(0), 80, "kiln"))
    assert set(drawn.values()) == {10}


def test_few_photographs_have_many_forms_and_pairs_of_glazes() -> None:
    table = domain.joint(few.FEW)
    assert sum(table.values()) == pytest.approx(1)
    counts = {task: len({getattr(labels, task) for labels in table}) for task in TASKS}
    assert counts == {"dynasty": 4, "glaze": 10, "kiln": 8, "type": 14}
    for plain, fine in (("celadon", "ge"), ("black", "teadust"), ("jun", "robins-egg")):
        assert few.PAIRS[fine] == replace(few.PAIRS[plain], fine=few.PAIRS[fine].fine, depth=few.PAIRS[fine].depth)
        assert few.PAIRS[fine].fine and not few.PAIRS[plain].fine
    assert not any(labels.type in few.WITHOUT[labels.dynasty] for labels in table)


def test_kilns_and_dynasties_are_hearsay_in_the_generic_domain() -> None:
    wares, periods = generic.names()
    assert wares[generic.WARES :] == tuple(KILNS) and periods[generic.PERIODS :] == tuple(DYNASTIES)
    assert len(set(wares)) == len(wares) and len(set(periods)) == len(periods)
    assert generic.marks_of("longquan") != KILNS["longquan"] and generic.style_of("ming") != few.DYNASTIES["ming"]
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
