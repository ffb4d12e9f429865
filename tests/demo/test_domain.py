"""The joint distribution of the demo's labels and the generic domain."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from kilnmix.demo import domain, profiles
from kilnmix.demo.domain import ATTESTED, DYNASTIES, FAVOURS, KILNS, TASKS, TYPES, WITHOUT
from kilnmix.demo.recipes import GLAZES


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
    assert shares[0] > 7 * shares[-1]
    black = {labels.kiln for labels in table if labels.glaze == "black"}
    assert {"jian", "cizhou", "ding"} <= black and "longquan" not in black
    assert all(
        len({labels.kiln for labels in table if labels.glaze == glaze}) >= 2 for glaze in ("celadon", "white", "black")
    )


def test_there_are_many_forms_and_pairs_of_glazes() -> None:
    table = domain.joint()
    counts = {task: len({getattr(labels, task) for labels in table}) for task in TASKS}
    assert counts == {"dynasty": len(DYNASTIES), "glaze": 10, "kiln": len(KILNS), "type": len(TYPES)}
    assert (counts["dynasty"], counts["kiln"], counts["type"]) == (4, 8, 14)


def test_tables_know_each_others_names() -> None:
    assert sum(TYPES.values()) == pytest.approx(1)
    assert set(TYPES) <= set(profiles.TYPES)
    for (kiln, glaze), dynasties in ATTESTED.items():
        assert kiln in KILNS and glaze in GLAZES and set(dynasties) <= set(DYNASTIES)
    assert set(WITHOUT) == set(DYNASTIES)
    assert all(set(types) <= set(TYPES) for types in (*WITHOUT.values(), *FAVOURS.values()))


def test_draws_follow_the_table() -> None:
    drawn = Counter(domain.draw_labels(np.random.default_rng(0), 20_000))
    table = domain.joint()
    assert set(drawn) <= set(table)
    for labels, p in table.items():
        assert drawn[labels] / 20_000 == pytest.approx(p, abs=5 * (p / 20_000) ** 0.5)


def test_balanced_draws_have_every_class_equally_often() -> None:
    drawn = Counter(labels.kiln for labels in domain.balanced_labels(np.random.default_rng(0), 80, "kiln"))
    assert set(drawn.values()) == {10}
