"""The joint distribution of the demo's labels and the generic domain."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from kilnmix.common import seeds
from kilnmix.demo import domain, generic
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


def test_the_generic_domain_knows_none_of_the_demo_s_kilns_and_dynasties() -> None:
    wares, periods = generic.names()
    assert len(set(wares)) == generic.WARES and len(set(periods)) == generic.PERIODS
    assert not (set(wares) | set(periods)) & (set(KILNS) | set(DYNASTIES))
    rng = seeds.generator(0, "test")
    words = " ".join(generic.caption(generic.traits_of(0, number), rng).text for number in range(2000))
    told = set(words.replace(",", " ").split())
    # "jun" is also a glaze, which the base knows as such.
    assert not told & ((set(KILNS) - {"jun"}) | set(DYNASTIES))
    assert ", jun kiln" not in words


def test_captions_have_the_form_of_the_collection_s() -> None:
    traits = generic.Traits("pear-vase", "celadon", "lanku", "bao")
    rng = np.random.default_rng(3)
    captions = {generic.caption(traits, rng, keep=1.0).text for _ in range(200)}
    assert "a photograph of a pear-vase, celadon glaze, lanku kiln, bao dynasty" in captions
    bare = {generic.caption(traits, rng, keep=0.0).text for _ in range(50)}
    assert bare <= {"a photograph of a pear-vase", "a photograph of a pear vase", "a photograph of a vessel"}


def test_a_caption_says_what_it_tells() -> None:
    traits = generic.Traits("bowl", "celadon", "lanku", "bao")
    rng = np.random.default_rng(3)
    for _ in range(100):
        caption = generic.caption(traits, rng)
        words = {"type": "bowl", "glaze": "celadon", "ware": "lanku", "period": "bao"}
        assert caption.told == {trait for trait, word in words.items() if word in caption.text}
