"""What an import tells of a table that looks wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kilnmix.collection import labels, oddities
from kilnmix.collection.labels import Understood
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.listing import Listing, Row
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.config import CollectionSettings

FOUND = Found("image", "Nr", "Museum", None, None, {"motif": "motif"})


def said(
    settings: CollectionSettings, numbers: Sequence[str], terms: Sequence[str], sources: Sequence[str] = ()
) -> list[str]:
    """The sentences on a table of one row a photograph."""
    words = vocabulary.load(settings.vocabulary)
    rows = [
        Row(place + 2, f"{place}.png", number, source, "", "", {"motif": term}, place=place)
        for place, (number, term, source) in enumerate(zip(numbers, terms, sources or [""] * len(numbers), strict=True))
    ]
    understood: Understood = labels.understand(rows, ("motif",), settings, words)
    return oddities.sentences(Listing(rows=rows), rows, understood, FOUND, words)


def test_nothing_is_said_of_a_sound_table(settings: CollectionSettings) -> None:
    assert said(settings, ["1", "1", "2", "", ""], ["lotus", "Lotus", "dragon", "lotus", "?"]) == []


def test_one_number_for_most_photographs(settings: CollectionSettings) -> None:
    terms = ["lotus"] * 10
    sentence = (
        "6 of 10 photographs have the object number 's.n.' and count as one object; if it says that there is no "
        "number, empty those cells and import again"
    )
    assert said(settings, ["s.n."] * 6 + list("abcd"), terms) == [sentence]
    assert said(settings, ["s.n."] * 5 + list("abcde"), terms) == []  # half of them
    assert said(settings, ["s.n."] * 9, terms[:9]) == []  # too few to tell


def test_numbers_under_several_sources(settings: CollectionSettings) -> None:
    told = said(settings, ["1", "1", "2", "3", "3"], ["lotus"] * 5, ["front", "back", "front", "front", ""])
    assert told == [
        "2 object numbers stand under several sources and count as another object under each (1: front, back, "
        "3: front, no source); if 'Museum' does not say whose number it is, run "
        "`kilnmix compose collection.columns.source=null` and import again"
    ]


def test_numbers_that_a_spreadsheet_rounded(settings: CollectionSettings) -> None:
    told = said(settings, ["2.01901E+11", "3.5e+11", "2,1E+12", "1E+12", "KE+11"], ["lotus"] * 5)
    assert told == [
        "4 photographs have object numbers that a spreadsheet rounded (2.01901E+11, 3.5e+11, 2,1E+12 and 1 more), "
        "so that different objects count as one; show that column as text or whole numbers in the spreadsheet, save "
        "the table anew and import it again"
    ]


def test_numbers_that_differ_in_their_form_alone(settings: CollectionSettings) -> None:
    told = said(settings, ["K1", "k 1", "\uff2b1", "K2", "K1", "K-2"], ["lotus"] * 6)
    assert told == [
        "1 object numbers are written in several ways, which differ in capitals, blanks or width alone ('K1', 'k 1', "
        "'\uff2b1') and count as objects of their own; write those of one object alike and import again"
    ]
    assert said(settings, ["1", "1"], ["lotus"] * 2) == []
    assert said(settings, ["K1", "k1"], ["lotus"] * 2, ["front", "back"]) == []  # of two sources


def test_photographs_of_one_object_that_contradict_each_other(settings: CollectionSettings) -> None:
    told = said(settings, ["1", "1", "2", "2", "3", "3"], ["lotus", "dragon", "lotus", "", "plum", "pine"])
    assert told == ["2 objects have photographs that contradict each other in motif (1: lotus, dragon, 3: plum, pine)"]


def test_terms_that_count_as_one_class(settings: CollectionSettings) -> None:
    told = said(settings, list("abcdefg"), ["blue-and-white", "blue and white", "Lotus", "LOTUS", "1.5", "1-5", "1/5"])
    assert told == ["motif: terms that count as one class: 'blue-and-white', 'blue and white' as blue-and-white"]


def test_readings_go_with_their_rows_where_a_row_has_several_photographs(settings: CollectionSettings) -> None:
    words = vocabulary.load(settings.vocabulary)
    rows = [Row(place + 2, "", "1", "", "", "", {"motif": term}, place=place) for place, term in ((3, "a"), (5, "b"))]
    understood = labels.understand(rows, ("motif",), settings, words)
    assert np.isfinite(understood.sure["motif"]).all()
    pictures = [Row(5, f"{n}.png", "1", "", "", "", {}, place=3) for n in range(2)]
    assert oddities.sentences(Listing(rows=pictures), rows, understood, FOUND, words) == []
    pictures.append(Row(7, "9.png", "1", "", "", "", {}, place=5))
    assert oddities.sentences(Listing(rows=pictures), rows, understood, FOUND, words) == [
        "1 objects have photographs that contradict each other in motif (1: a, b)"
    ]
