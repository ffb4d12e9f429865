import numpy as np

from kilnmix.collection import cleaning
from kilnmix.collection.pictures.duplicates import Pair
from kilnmix.collection.prepared import Task
from kilnmix.collection.tables.listing import Row

TASKS = (Task("type", ("bowl", "jar"), {}), Task("glaze", ("white", "blue"), {}))


def rows(*objects: str) -> list[Row]:
    return [Row(n + 2, f"{n}.jpg", object_, "", "", "", {}) for n, object_ in enumerate(objects)]


def test_copies_become_one_with_the_labels_of_all() -> None:
    labels = np.array([[0, -1], [-1, 1], [1, 0]])
    cleaned = cleaning.clean(rows("a", "", "b"), TASKS, labels, [Pair(0, 1, 1.0, exact=True)])
    assert cleaned.keep.tolist() == [True, False, True]
    assert cleaned.labels[0].tolist() == [0, 1]
    assert cleaned.givers.tolist() == [[0, 1], [1, 1], [2, 2]]
    assert [(item.line, item.reason) for item in cleaned.rejected] == [(3, "exact-duplicate")]
    kept = cleaning.clean(rows("a", "", "b"), TASKS, labels, [Pair(0, 1, 1.0, exact=True)], exact="all")
    assert kept.keep.all()
    assert kept.groups.tolist() == [0, 0, 2]


def test_groups_join_objects_and_near_duplicates() -> None:
    cleaned = cleaning.clean(
        rows("a", "b", "a", "", ""), TASKS, np.full((5, 2), -1), [Pair(1, 3, 0.97), Pair(2, 3, 0.95)]
    )
    assert cleaned.groups.tolist() == [0, 0, 0, 0, 4]
    assert cleaned.keep.all()


def test_equal_object_ids_of_two_sources_are_two_objects() -> None:
    first = Row(2, "a.jpg", "17", "palace", "", "", {})
    second = Row(3, "b.jpg", "17", "met", "", "", {})
    assert cleaning.object_groups([first, second], []).tolist() == [0, 1]


def test_contradictions_are_set_aside_with_their_copies() -> None:
    labels = np.array([[0, -1], [1, -1], [0, 0], [-1, -1]])
    pairs = [Pair(0, 1, 0.98), Pair(0, 2, 0.94), Pair(1, 3, 1.0, exact=True)]
    cleaned = cleaning.clean(rows("", "", "", ""), TASKS, labels, pairs, certain=0.96)
    assert cleaned.keep.tolist() == [False, False, True, False]
    assert [item.reason for item in cleaned.rejected] == ["conflict"] * 3
    (conflict,) = cleaned.conflicts
    assert (conflict.first, conflict.second, conflict.task, conflict.labels) == (
        "0.jpg",
        "1.jpg",
        "type",
        ("bowl", "jar"),
    )


def test_likeness_below_certainty_may_disagree() -> None:
    cleaned = cleaning.clean(rows("", ""), TASKS, np.array([[0, 0], [1, 0]]), [Pair(0, 1, 0.94)], certain=0.96)
    assert cleaned.keep.all()
    assert cleaned.groups.tolist() == [0, 0]


def test_contradicting_copies_among_three() -> None:
    labels = np.array([[-1, 0], [0, 0], [1, 0]])
    pairs = [Pair(0, 1, 1.0, exact=True), Pair(0, 2, 1.0, exact=True)]
    assert not cleaning.clean(rows("", "", ""), TASKS, labels, pairs).keep.any()


def test_group_names_stay_when_photographs_come() -> None:
    before = cleaning.keys(rows("b", ""), np.array([0, 0]))
    after = cleaning.keys([*rows("b", ""), Row(9, "new.jpg", "z", "", "", "", {})], np.array([0, 0, 0]))
    assert before == after == {0: "\x1fb"}
    assert cleaning.keys(rows("", ""), np.array([0, 0])) == {0: "0.jpg"}
