"""The rendered collection of few photographs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kilnmix.demo import domain, few, profiles
from kilnmix.demo.domain import TASKS
from kilnmix.demo.glazes import TEXTURES


def test_few_photographs_have_many_forms_and_pairs_of_glazes() -> None:
    table = domain.joint(few.FEW)
    assert sum(table.values()) == pytest.approx(1)
    counts = {task: len({getattr(labels, task) for labels in table}) for task in TASKS}
    assert counts == {"dynasty": 4, "glaze": 10, "kiln": 8, "type": 14}
    for plain, fine in (("celadon", "ge"), ("black", "teadust"), ("jun", "robins-egg")):
        assert few.PAIRS[fine] == replace(few.PAIRS[plain], fine=few.PAIRS[fine].fine, depth=few.PAIRS[fine].depth)
        assert few.PAIRS[fine].fine and not few.PAIRS[plain].fine
    assert not any(labels.type in few.WITHOUT[labels.dynasty] for labels in table)


def test_tables_know_each_others_names() -> None:
    assert sum(few.TYPES.values()) == pytest.approx(1)
    assert set(few.TYPES) <= set(profiles.TYPES)
    for (_, glaze), dynasties in few.ATTESTED.items():
        assert glaze in few.FEW.glazes and set(dynasties) <= set(few.DYNASTIES)
    assert set(few.WITHOUT) == set(few.DYNASTIES)
    assert all(set(types) <= set(few.TYPES) for types in few.WITHOUT.values())


def test_glazes_of_a_pair_differ_in_a_fine_texture_alone() -> None:
    for plain, fine in (("celadon", "ge"), ("black", "teadust"), ("jun", "robins-egg")):
        first, second = few.PAIRS[plain], few.PAIRS[fine]
        assert not first.fine and second.fine in TEXTURES
        assert replace(second, fine="", depth=0.0) == first
