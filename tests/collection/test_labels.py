"""Cells -> readings, doubt by the settings, and what is not resolved."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.collection import labels
from kilnmix.collection.labels import Unresolved
from kilnmix.collection.tables.listing import Row
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.field import Reading
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings
from tests.collection.conftest import REPOSITORY


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return vocabulary.load(REPOSITORY / "conf" / "vocabulary.yaml")


def rows(*cells: str, task: str = "dynasty", sure: str = "") -> list[Row]:
    return [Row(n + 2, f"{n}.jpg", "", "", "", "", {task: cell}, {task: sure}) for n, cell in enumerate(cells)]


def changed(settings: CollectionSettings, **changes: object) -> CollectionSettings:
    return settings.model_copy(update={"unresolved": "refuse", "doubtful": "leave-out", "allow_new": (), **changes})


def test_doubt_gets_no_label_or_an_unsure_one(settings: CollectionSettings, words: Vocabulary) -> None:
    given = rows("明", "明?", "qwerty", "明?", "")
    found = labels.understand(given, ("dynasty",), changed(settings), words)
    assert [reading.how for reading in found.readings["dynasty"]] == [
        "exact", "doubtful", "unknown", "doubtful", "missing",
    ]  # fmt: skip
    np.testing.assert_array_equal(found.sure["dynasty"], [1, 0, np.nan, 0, np.nan])
    assert [(entry.text, entry.count) for entry in found.unresolved] == [("qwerty", 1)]
    assert [(entry.text, entry.count) for entry in found.doubtful] == [("明?", 2)]
    kept = labels.understand(given, ("dynasty",), changed(settings, doubtful="keep"), words)
    assert kept.readings["dynasty"][1] == Reading("ming", "unsure")
    assert kept.sure["dynasty"][1] == 0
    assert kept.at(np.array([1])).readings["dynasty"] == [Reading("ming", "unsure")]


def test_a_table_that_says_that_a_label_is_not_sure(settings: CollectionSettings, words: Vocabulary) -> None:
    found = labels.understand(rows("明", sure="0"), ("dynasty",), changed(settings), words)
    assert found.readings["dynasty"] == [Reading("", "doubtful", candidates=("ming",))]


def test_unknown_entries_become_classes_where_that_is_allowed(settings: CollectionSettings, words: Vocabulary) -> None:
    for change in ({"allow_new": ("dynasty",)}, {"unresolved": "allow"}):
        found = labels.understand(rows("Qwerty 7"), ("dynasty",), changed(settings, **change), words)
        assert found.readings["dynasty"] == [Reading("qwerty-7", "new")]
        assert found.unresolved == []


def test_terms_that_sound_alike_get_different_ids(words: Vocabulary) -> None:
    field = words.field("motif of the rim")  # no field has it: an open one
    cells = ["鹿纹", "鹭纹", "a", "鹿纹"]
    readings = [Reading("lu-wen", "exact"), Reading("lu-wen", "exact"), Reading("a", "exact")]
    readings.append(Reading("lu-wen", "exact"))
    ids = [found.id for found in labels.distinct(readings, cells, field)]
    # Characters of one sound; the simplified form of 鹭 stands in the id.
    assert ids == ["lu-wen-鹿纹", "lu-wen-鹭纹", "a", "lu-wen-鹿纹"]


def test_a_refusal_lists_what_is_missing(settings: CollectionSettings) -> None:
    missing = [Unresolved("type", "bowk", 3, "unknown", ("bowl",))] * 21
    with pytest.raises(UserError) as refused:
        labels.refuse(missing, changed(settings), "kilnmix import PHOTOS")
    text = str(refused.value)
    assert text.startswith("21 different entries are not in the vocabulary:")
    assert "type: 'bowk' (3 times) not known, nearest: bowl" in text
    assert "and 1 more" in text and "`kilnmix import PHOTOS --unresolved allow`" in text
    with pytest.raises(UserError, match=r"^One entry is not in the vocabulary:"):
        labels.refuse(missing[:1], changed(settings))
    labels.refuse(missing, changed(settings, unresolved="leave-out"))
    labels.refuse([], changed(settings))


def test_terms_that_a_sign_between_digits_tells_apart(settings: CollectionSettings, words: Vocabulary) -> None:
    cells = ["1.5", "1-5", "1/5", "1 5", "A/B", "A-B", "A B", "Lotus", "ＬＯＴＵＳ", "St. Mary", "St Mary"]
    found = labels.understand(
        [Row(2, "", "", "", "", "", {"rim": cell}) for cell in cells], ("rim",), changed(settings), words
    )
    ids = [reading.id for reading in found.readings["rim"]]
    assert ids[:4] == ["1-5-1u002e5", "1-5-1u002d5", "1-5-1u002f5", "1-5-1-5"]
    assert ids[4:] == ["a-b-au002fb", "a-b-a-b", "a-b-a-b", "lotus", "lotus", "st-mary", "st-mary"]
    assert labels.joined(found.readings["rim"], cells, words.field("rim")) == {
        "a-b-a-b": ["A-B", "A B"],
        "st-mary": ["St. Mary", "St Mary"],
    }
