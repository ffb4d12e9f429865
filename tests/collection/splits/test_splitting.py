"""Photographs -> parts, by object and by source; a group's label by majority."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.collection.splits.splitting import assign, majority
from kilnmix.collection.tables.listing import Row
from kilnmix.common.errors import UserError
from kilnmix.config import Split
from tests import composed

SETTINGS = composed.settings("collection=default").collection.split.model_copy(
    update={"by": "object", "test": 0.2, "val": 0.2, "source": None}
)


def rows(objects: int, views: int = 2, sources: tuple[str, ...] = ("a", "b", "c")) -> list[Row]:
    """Objects in turn from the sources, each photographed several times."""
    return [
        Row(2 + view + views * n, f"{n}-{view}.jpg", f"k{n}", sources[n % len(sources)], "", "", {})
        for n in range(objects)
        for view in range(views)
    ]


def divided(given: list[Row], settings: Split = SETTINGS, count: int = 1, rare: str = "") -> np.ndarray:
    """(folds, N) parts, with two classes in turn."""
    groups = np.unique([row.object for row in given], return_inverse=True)[1].astype(np.int64)
    labels = (groups % 2)[:, None]
    few = np.array([row.object == rare for row in given])
    parts = assign(given, groups, labels, few, settings, count, 0)
    return np.stack([parts[fold] for fold in range(count)])


def test_views_of_an_object_lie_in_one_part() -> None:
    parts = divided(rows(20))[0].reshape(20, 2)
    assert (parts[:, 0] == parts[:, 1]).all()
    assert [int((parts[:, 0] == part).sum()) for part in ("train", "val", "test")] == [12, 4, 4]


def test_every_object_is_tested_in_one_fold() -> None:
    parts = divided(rows(20), count=5)
    assert ((parts == "test").sum(axis=0) == 1).all()


def test_a_rare_object_stays_in_the_training_part() -> None:
    assert (divided(rows(20), count=5, rare="k3")[:, 6:8] == "train").mean() == 1.0


def test_a_source_is_held_out() -> None:
    by_source = SETTINGS.model_copy(update={"by": "source", "source": "b"})
    given = rows(18)
    parts = divided(given, by_source)[0]
    held = np.array([row.source == "b" for row in given])
    assert (parts[held] == "test").all() and not (parts[~held] == "test").any()
    # A group with photographs from inside and outside of it is in no part.
    both = [*given, Row(99, "x.jpg", "k0", "b", "", "", {})]
    assert (divided(both, by_source)[0][np.array([row.object == "k0" for row in both])] == "").all()


@pytest.mark.parametrize(
    ("objects", "count", "change", "said"),
    [
        (2, 1, {}, "There are 2 objects"),
        (4, 5, {}, "parts of 5 folds"),
        (9, 1, {"by": "source", "source": "x"}, "names 'x'; the sources are"),
        (9, 4, {"by": "source"}, "come from 3 sources and 4"),
    ],
)
def test_what_cannot_be_divided(objects: int, count: int, change: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        divided(rows(objects), SETTINGS.model_copy(update=change), count)


def test_a_groups_label_is_its_commonest_known_one() -> None:
    labels = np.array([[0, -1], [1, -1], [1, 2], [2, -1], [0, -1]])
    assert majority(np.array([0, 0, 0, 1, 1]), labels, 3).tolist() == [[1, 2], [0, -1], [-1, -1]]
