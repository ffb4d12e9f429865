import numpy as np
import pytest

from kilnmix.collection.rules import Rule, Rules, Strength
from kilnmix.common.errors import UserError
from kilnmix.generator.combinations import allowed, free

LABELS = np.array([[0, 0], [0, 0], [0, 0], [1, 1], [-1, 1]])


def only(label: int, *fitting: int, strength: Strength = "never") -> Rule:
    """What the class `label` of the first task goes with in the second."""
    return Rule("only", {0: frozenset([label])}, {1: frozenset(fitting)}, strength, "A, B, 1999")


def test_free_combinations_are_all_that_the_rules_allow() -> None:
    rows, counts, broken = free(LABELS, Rules())
    assert broken == 0
    assert rows.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    # Shares 3/4 and 1/4 of the first task's classes, 3/5 and 2/5 of the second's.
    assert counts == pytest.approx([0.45, 0.3, 0.15, 0.1])
    rows, _, broken = free(LABELS, Rules((only(1, 1),)))
    assert rows.tolist() == [[0, 0], [0, 1], [1, 1]] and broken == 1


def test_what_seldom_occurs_is_free_where_photographs_show_it() -> None:
    # 1 with 1 and 1 with 0 are both seldom; photographs show the first.
    assert free(LABELS, Rules((only(1, strength="seldom"),)))[0].tolist() == [[0, 0], [0, 1], [1, 1]]


def test_combinations_of_photographs_that_break_a_rule_are_left_out_and_counted() -> None:
    rows, counts = np.array([[0, 0], [1, 1], [-1, 1]]), np.array([3, 1, 1])
    kept, left, broken = allowed(rows, counts, Rules((only(1, 0),)))
    assert (kept.tolist(), left.tolist(), broken) == ([[0, 0], [-1, 1]], [3, 1], 1)
    assert allowed(rows, counts, Rules((only(1, 0, strength="seldom"),)))[2] == 0
    assert allowed(rows, counts, Rules())[2] == 0


def test_rules_that_allow_nothing_are_told() -> None:
    nothing = Rules((only(0), only(1)))
    with pytest.raises(UserError, match="allows no combination"):
        free(LABELS, nothing)
    with pytest.raises(UserError, match="allows no combination"):
        allowed(LABELS[:1], np.ones(1), nothing)
