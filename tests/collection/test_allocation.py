import numpy as np

from kilnmix.collection.allocation import combinations, draw_order, interleave, largest_remainder, weights


def test_combinations_are_counted_and_rows_without_a_label_are_left_out() -> None:
    rows, counts = combinations(np.array([[0, 1], [0, 1], [1, -1], [-1, -1]]))
    assert rows.tolist() == [[0, 1], [1, -1]]
    assert counts.tolist() == [2, 1]


def test_rare_first_gives_each_class_of_a_task_the_same_total() -> None:
    rows, counts = np.array([[0, 0], [0, 1], [1, 1]]), np.array([90, 5, 5])
    shares = weights(rows, counts, "rare-first")
    # Task 0: class 0 divides 1/2 as 90:5, class 1 has 1/2. Task 1: class 0 has 1/2, class 1 divides 1/2 as 5:5.
    expected = [(0.5 * 90 / 95 + 0.5) / 2, (0.5 * 5 / 95 + 0.25) / 2, (0.5 + 0.25) / 2]
    np.testing.assert_allclose(shares, expected)
    assert weights(rows, counts, "as-real").tolist() == [0.9, 0.05, 0.05]


def test_a_label_that_is_not_known_counts_for_no_class() -> None:
    shares = weights(np.array([[0, -1], [1, 0]]), np.array([3, 1]), "rare-first")
    # The first: 1/2 of task 0. The second: mean of 1/2 of task 0 and all of task 1.
    np.testing.assert_allclose(shares, [0.5 / 1.25, 0.75 / 1.25])


def test_largest_remainder() -> None:
    # 47.000, 16.000, 15.800, 12.000, 6.100, 3.100 seats of 100: the one left over goes to the remainder 0.8.
    votes = np.array([47000, 16000, 15800, 12000, 6100, 3100])
    assert largest_remainder(votes, 100).tolist() == [47, 16, 16, 12, 6, 3]
    assert largest_remainder(np.array([1.0, 1.0, 1.0]), 4).tolist() == [2, 1, 1]


def test_interleaving_spreads_the_kinds() -> None:
    assert interleave([4, 2, 0, 1]).tolist() == [0, 1, 0, 3, 0, 1, 0]


def test_draw_order_follows_the_shares_while_stocks_last() -> None:
    kinds = np.array([0, 0, 0, 0, 1, 1, 2])
    order = draw_order(kinds, np.array([0.5, 0.5, 0.0]))
    assert kinds[order].tolist() == [0, 1, 0, 1, 0, 0, 2]
    assert sorted(order) == list(range(7))
    # Things of one kind come in the order in which they stand.
    assert order[kinds[order] == 0].tolist() == [0, 1, 2, 3]
