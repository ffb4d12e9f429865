from __future__ import annotations

import pytest

from kilnmix.collection.vocabulary import period
from kilnmix.collection.vocabulary.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "id_", "finer"),
    [
        ("明永乐", "ming", "yongle"),
        ("1500", "ming", ""),  # 1368-1644
        ("960", "song", ""),  # the year in which it began
        ("Ming dynasty, c. 1500", "ming", ""),
        ("Kangxi mark and period", "qing", "kangxi"),
        ("清仿宣德", "qing", ""),
    ],
)
def test_names_and_dates_that_agree(words: Vocabulary, text: str, id_: str, finer: str) -> None:
    found = period.read(words.field("dynasty"), text)
    assert found is not None and (found.id, found.finer, found.resolved) == (id_, finer, True)


@pytest.mark.parametrize(
    ("text", "how", "candidates"),
    [
        ("before the Ming", "doubtful", ("ming",)),
        ("possibly Ming", "doubtful", ("ming",)),
        ("Song style", "doubtful", ()),
        ("Ming and Qing", "ambiguous", ("ming", "qing")),
        ("Ming dynasty, 10th century", "ambiguous", ("ming",)),
        ("until 1500", "doubtful", ()),
        ("Kangxi mark", "doubtful", ("qing",)),
    ],
)
def test_what_is_left_open(words: Vocabulary, text: str, how: str, candidates: tuple[str, ...]) -> None:
    found = period.read(words.field("dynasty"), text)
    assert found is not None and (found.how, found.candidates) == (how, candidates)


def test_texts_that_name_no_period(words: Vocabulary) -> None:
    field = words.field("dynasty")
    assert period.read(field, "blue and white") is None
    assert period.read(field, "Edo period, 18th century") is None


def test_a_title_opens_with_its_period(words: Vocabulary) -> None:
    field = words.field("dynasty")
    found = period.read_title(field, "明宣德 青花盘")
    assert found is not None and (found.id, found.finer) == ("ming", "xuande")
    assert period.read_title(field, "仿宋青花盘") is None
    assert period.read_title(field, "probably Ming bowl") is None
