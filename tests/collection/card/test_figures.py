"""The data card's figures on twelve photographs, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.card import figures
from kilnmix.collection.card.card import Association, ClassCounts, TaskLabels
from kilnmix.collection.cleaning import Conflict
from kilnmix.collection.pictures.decoding import Decoded
from kilnmix.collection.pictures.duplicates import Pair
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.collection.tables.listing import Rejection
from kilnmix.collection.vocabulary import vocabulary
from tests.collection.conftest import REPOSITORY

TASKS = (
    Task("type", ("vase", "meiping"), {"vase": "vase", "meiping": "meiping"}),
    Task("glaze", ("white", "celadon"), {"white": "white", "celadon": "celadon"}),
)


def collection(type_: list[int], glaze: list[int], objects: list[int], parts: list[str]) -> Prepared:
    size = len(objects)
    return Prepared(
        folder=Path(),
        tasks=TASKS,
        ids=np.array([f"{n}.jpg" for n in range(size)]),
        objects=np.array(objects),
        labels={"type": np.array(type_), "glaze": np.array(glaze)},
        parts={0: np.array(parts)},
        sources=np.array(["met"] * size),
        confidence=np.array([0.0, *[np.nan] * (size - 1)], np.float32),
    )


SMALL = collection([0, 0, 1, -1], [0, 0, 1, 1], [0, 0, 1, 2], ["train", "train", "test", ""])


def test_counts_of_photographs_and_objects() -> None:
    found = figures.counts(SMALL, {"type": ["", "long-vase", "", "stray"]})
    assert found["type"] == {
        "vase": ClassCounts(2, 1, {"long-vase": 1}, {"0": {"train": 1, "val": 0, "test": 0}}),
        "meiping": ClassCounts(1, 1, {}, {"0": {"train": 0, "val": 0, "test": 1}}),
    }
    assert figures.missing_labels(SMALL) == {
        "type": TaskLabels(labelled=3, labelled_objects=2, missing=1, unsure=1),
        "glaze": TaskLabels(labelled=4, labelled_objects=3, missing=0, unsure=1),
    }

    # The second photograph's type is in doubt and kept, the fourth's was left open for it.
    sure = {"type": np.array([1, 0, np.nan, 0])}
    assert figures.missing_labels(SMALL, sure)["type"] == TaskLabels(3, 2, missing=1, unsure=2, doubtful=1)


def test_the_whole_card() -> None:
    words = vocabulary.load(REPOSITORY / "conf" / "vocabulary.yaml")
    rejected = [
        Rejection(7, "x.jpg", "damaged", ""),
        Rejection(8, "y.jpg", "damaged", ""),
        Rejection(0, "z", "no-row", ""),
    ]
    conflict = Conflict("0.jpg", "2.jpg", "type", ("vase", "meiping"), 0.97)
    pairs = [Pair(0, 1, 1.0, exact=True), Pair(0, 2, 0.97)]
    card = figures.figures(SMALL, rejected, words, [conflict], pairs, pairs[1:], [])
    assert (card.rows, card.kept, card.objects, card.pictures_without_row) == (6, 4, 3, 1)
    assert card.rejected == {"damaged": 2}
    assert card.parts == {"0": {"train": 2, "val": 0, "test": 1}}
    counted = card.duplicates
    assert (counted.exact_pairs, counted.near_pairs, counted.conflicts) == (1, 1, 1)
    assert counted.objects_with_several_photographs == 1
    # A meiping is a kind of vase, and the fold that tests meiping and celadon has none to train on.
    assert [(c.kind, c.task) for c in card.cautions] == [
        ("overlapping", "type"),
        ("untrained", "type"),
        ("untrained", "glaze"),
    ]


def test_photographs_of_one_colour_alone_are_counted() -> None:
    names = [str(name) for name in SMALL.ids]
    decoded = [Decoded(plain=place in (1, 3)) for place in range(len(names))]
    (caution,) = figures.plain(SMALL, decoded)
    assert (caution.kind, caution.values) == ("plain", {"pictures": 2, "first": names[1]})
    assert figures.plain(SMALL, [Decoded()] * len(names)) == []


def test_associations_are_counted_over_objects() -> None:
    # Type and glaze say the same of all three objects that have both; source has one value only.
    given = collection([0, 0, 1, 1, -1], [0, 0, 1, 1, 1], [0, 0, 1, 2, 3], ["train"] * 5)
    found = figures.associations(given, {"source": ["met"] * 5, "format": ["JPEG", "", "PNG", "PNG", "PNG"]})
    assert [(entry.task, entry.other, entry.objects) for entry in found] == [
        ("type", "glaze", 3),
        ("type", "format", 3),
        ("glaze", "format", 4),
    ]
    assert (found[0].told, found[0].base) == (1.0, pytest.approx(2 / 3))


@pytest.mark.parametrize(
    ("v", "told", "base", "objects", "kind"),
    [
        (0.7, 0.9, 0.5, 40, "decides"),
        (0.7, 0.6, 0.5, 40, "together"),
        (0.4, 0.7, 0.5, 40, "together"),
        (0.4, 0.6, 0.5, 40, None),
        (0.7, 0.9, 0.85, 40, "together"),
        (0.9, 0.9, 0.5, 29, None),
    ],
)
def test_which_associations_are_spoken_of(v: float, told: float, base: float, objects: int, kind: str | None) -> None:
    given = collection([0, 1], [0, 1], [0, 1], ["train", "train"])
    made = figures.cautions(given, [Association("type", "source", objects, v, told, base)], {"type": {}, "glaze": {}})
    assert [caution.kind for caution in made] == ([] if kind is None else [kind])


def test_a_task_that_is_mostly_missing() -> None:
    given = collection([-1, -1, 0], [0, 1, 0], [0, 1, 2], ["train"] * 3)
    (caution,) = figures.cautions(given, [], {"type": {}, "glaze": {}})
    assert (caution.kind, caution.task, caution.values) == ("missing", "type", {"share": pytest.approx(2 / 3)})


def test_what_files_look_like() -> None:
    bright, red = np.full((8, 8, 3), 240, np.uint8), np.zeros((8, 8, 3), np.uint8)
    bright[2:6, 2:6] = 0  # the middle does not count
    red[..., 0] = 200
    given = [
        Decoded(width=100, height=100, format="JPEG", colour=bright),
        Decoded(width=100, height=120, format="PNG", colour=red),
        Decoded(width=300, height=100, format="PNG"),
    ]
    found = figures.looks(given)
    assert found["orientation"] == ["square", "tall", "wide"]
    assert found["background"] == ["light", "dark, tinted", ""]
    assert found["file format"] == ["JPEG", "PNG", "PNG"]
    assert found["picture size"] == ["0", "1", "3"]  # quartiles at 11,000, 12,000 and 21,000 pixels
    assert figures.looks([]) == {}


def test_views_of_one_object_that_contradict_each_other() -> None:
    # Of the type: objects 0 and 2 have two labels, object 1 has one and a photograph without. Of the glaze: none.
    prepared = collection([0, 1, 1, -1, 1, 0], [0, 0, 1, 1, -1, -1], [0, 0, 1, 1, 2, 2], ["train"] * 6)
    assert [
        (found.kind, found.task, found.values) for found in figures.cautions(prepared, [], {"type": {}, "glaze": {}})
    ] == [
        (
            "contradicting",
            "type",
            {"objects": 2, "first": "0.jpg", "second": "1.jpg", "first_class": "vase", "second_class": "meiping"},
        )
    ]
