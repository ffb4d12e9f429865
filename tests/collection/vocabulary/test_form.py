from __future__ import annotations

import pytest

from kilnmix.collection.vocabulary import form
from kilnmix.collection.vocabulary.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("青花花卉纹碗", "bowl"),  # Chinese titles end in the vessel
        ("白釉碗连盖", "bowl"),
        ("青花盆", "basin"),  # 青花 + 盆, no flowerpot
        ("花盆、盆托", "flowerpot"),
        ("Bowl with a vase", "bowl"),  # English ones name it before `with`
        ("Blue vase", "vase"),
        ("Bowl-shaped censer", "censer"),
        ("vase (meiping)", "meiping"),  # a kind of what stands before
    ],
)
def test_the_last_noun(words: Vocabulary, text: str, id_: str) -> None:
    found = form.read(words.field("type"), text)
    assert found is not None and (found.id, found.resolved) == (id_, True)


@pytest.mark.parametrize(
    ("text", "how", "candidates"),
    [
        ("possibly a bowl", "doubtful", ("bowl",)),
        ("not a bowl", "doubtful", ()),
        ("bowl or dish", "ambiguous", ("bowl", "dish")),
    ],
)
def test_doubt_denial_and_a_choice(words: Vocabulary, text: str, how: str, candidates: tuple[str, ...]) -> None:
    found = form.read(words.field("type"), text)
    assert found is not None and (found.how, found.candidates) == (how, candidates)


def test_texts_that_name_no_vessel(words: Vocabulary) -> None:
    assert form.read(words.field("type"), "碗纹") is None  # the ornament of a bowl
    assert form.read(words.field("type"), "nothing here") is None
