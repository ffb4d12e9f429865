from __future__ import annotations

import pytest

from kilnmix.collection.vocabulary import surface
from kilnmix.collection.vocabulary.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("white porcelain painted in underglaze blue", "blue-and-white"),  # underglaze above colour
        ("青釉褐彩", "celadon"),
        ("青花粉彩碗", "famille-rose"),  # enamels above underglaze
    ],
)
def test_the_highest_layer_counts(words: Vocabulary, text: str, id_: str) -> None:
    found = surface.read(words.field("glaze"), text)
    assert found is not None and (found.id, found.resolved) == (id_, True)


@pytest.mark.parametrize(
    ("text", "how", "candidates"),
    [
        ("possibly celadon", "doubtful", ("celadon",)),
        ("not celadon", "doubtful", ()),
        ("celadon or white glaze", "ambiguous", ("celadon", "white")),
    ],
)
def test_doubt_denial_and_a_choice(words: Vocabulary, text: str, how: str, candidates: tuple[str, ...]) -> None:
    found = surface.read(words.field("glaze"), text)
    assert found is not None and (found.how, found.candidates) == (how, candidates)


def test_a_text_without_a_surface(words: Vocabulary) -> None:
    assert surface.read(words.field("glaze"), "large bowl") is None
