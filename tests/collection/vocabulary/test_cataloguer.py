"""Strings of museums and registers against the answers of a cataloguer, written down beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.collection.vocabulary import reading, vocabulary
from tests.collection.conftest import REPOSITORY

LINES = [
    tuple(part.strip() for part in line.split("|"))
    for line in Path(__file__).with_name("cataloguer.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
LEAST = 0.97
"""Share of the strings that must be read as the cataloguer reads them."""


@pytest.fixture(scope="module")
def read() -> dict[tuple[str, str], reading.Reading]:
    words = vocabulary.load(REPOSITORY / "conf" / "vocabulary.yaml")
    return {(field, text): reading.read(words.field(field), text) for field, text, _ in LINES}


def test_as_a_cataloguer_reads_them(read: dict[tuple[str, str], reading.Reading]) -> None:
    assert len(LINES) >= 200
    wrong = []
    for field, text, answer in LINES:
        found = read[field, text]
        said = f"{found.candidates[0]}?" if found.how == "doubtful" and len(found.candidates) == 1 else found.id
        if said != answer and not (answer == "" and not found.resolved):
            wrong.append((text, answer, said))
    assert len(wrong) <= (1 - LEAST) * len(LINES), wrong


def test_nothing_open_or_doubtful_is_taken_for_sure(read: dict[tuple[str, str], reading.Reading]) -> None:
    assert [
        (text, read[field, text].id)
        for field, text, answer in LINES
        if (answer == "" or answer.endswith("?")) and read[field, text].resolved
    ] == []
