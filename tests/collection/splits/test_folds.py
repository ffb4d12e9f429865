import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kilnmix.collection.splits import folds


def labels(count: int, seed: int = 1) -> np.ndarray:
    """(count, 3) long-tailed labels, some missing."""
    rng = np.random.default_rng(seed)
    columns = []
    for classes in (4, 9, 12):
        shares = 1 / np.arange(1, classes + 1) ** 1.2
        columns.append(rng.choice(classes, count, p=shares / shares.sum()))
    table = np.stack(columns, axis=1)
    table[rng.random(table.shape) < 0.15] = -1
    return table


def names(count: int) -> list[str]:
    return [f"object {number}" for number in range(count)]


@pytest.mark.parametrize(
    ("count", "shares", "least", "turn", "expected"),
    [
        (10, [0.2, 0.8], 1, 0, [2, 8]),
        (3, [0.2, 0.8], 1, 0, [1, 2]),
        (7, [0.2] * 5, 1, 0, [2, 2, 1, 1, 1]),
        (7, [0.2] * 5, 1, 3, [1, 1, 1, 2, 2]),
        (2, [0.2] * 5, 1, 4, [1, 0, 0, 0, 1]),
        (0, [0.5, 0.5], 1, 0, [0, 0]),
    ],
)
def test_quotas(count: int, shares: list[float], least: int, turn: int, expected: list[int]) -> None:
    assert folds.quotas(count, np.array(shares), least, turn).tolist() == expected


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(60, 150), st.sampled_from([1, 2, 5]))
def test_every_class_with_enough_groups_is_in_every_part(seed: int, count: int, several: int) -> None:
    table = labels(count, seed)
    parts = folds.split(names(count), table, np.zeros(count, bool), several, 0.2, 0.15, seed)
    assert set(np.unique(parts)) <= {"train", "val", "test"}
    if several > 1:
        assert ((parts == "test").sum(axis=0) == 1).all()
    for column in range(table.shape[1]):
        for value, size in zip(*np.unique(table[table[:, column] >= 0, column], return_counts=True), strict=True):
            if size >= max(5, several + 2):
                for fold in range(several):
                    assert set(parts[fold, table[:, column] == value]) == {"train", "val", "test"}


def test_shares_are_met_for_all_tasks_at_once() -> None:
    table = labels(300)
    part = folds.deal(names(300), table, [0.2, 0.8], 0, "x")
    assert abs((part == 0).sum() - 60) <= 2
    apart = [
        abs((part[table[:, column] == value] == 0).sum() - 0.2 * (table[:, column] == value).sum())
        for column in range(3)
        for value in np.unique(table[:, column])
        if value >= 0
    ]
    assert np.mean(apart) < 0.6
    assert np.max(apart) < 3


@pytest.mark.parametrize("added", [1, 10, 60])
def test_others_stay_where_they_are_when_groups_are_added(added: int) -> None:
    before = folds.deal(names(300), labels(300), [0.2, 0.8], 0, "x")
    more = np.concatenate([labels(300), labels(added, 9)])
    after = folds.deal([*names(300), *(f"new {n}" for n in range(added))], more, [0.2, 0.8], 0, "x")[:300]
    assert ((before == 0) & (after != 0)).sum() <= 0.25 * (before == 0).sum()
    if added == 1:
        assert (before != after).mean() <= 0.02


def test_the_seed_decides_and_the_order_of_groups_does_not() -> None:
    table, keys = labels(100), names(100)
    first = folds.deal(keys, table, [0.3, 0.7], 0, "x")
    turned = folds.deal(keys[::-1], table[::-1], [0.3, 0.7], 0, "x")[::-1]
    assert (first == turned).all()
    assert (first != folds.deal(keys, table, [0.3, 0.7], 1, "x")).any()


def test_groups_of_rare_classes_stay_in_training() -> None:
    only_train = np.arange(40) < 10
    parts = folds.split(names(40), labels(40), only_train, 3, 0.2, 0.1, 0)
    assert (parts[:, :10] == "train").all()
    assert ((parts[:, 10:] == "test").sum(axis=0) == 1).all()


def test_sources_held_out() -> None:
    counts = {"a": 70, "b": 20, "c": 10}
    assert folds.held_out(counts, 1, 0.2) == [frozenset("b")]
    assert folds.held_out(counts, 2, 0.2) == [frozenset("a"), frozenset("bc")]
    with pytest.raises(ValueError, match="1 sources"):
        folds.held_out({"a": 3}, 1, 0.2)
    where = folds.by_source([frozenset("a"), frozenset("b"), frozenset("ab")], [frozenset("b")])
    assert where.tolist() == [[0, 1, -1]]
