from __future__ import annotations

import pytest

from kilnmix.collection.vocabulary import maker
from kilnmix.collection.vocabulary.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "how", "id_", "candidates"),
    [
        ("定窑", "within", "ding", ()),
        ("景德镇窑仿定窑", "within", "jingdezhen", ()),
        ("仿定窑", "doubtful", "", ()),
        ("Ding ware style", "doubtful", "", ()),
        ("not Ding ware", "doubtful", "", ()),
        ("possibly Ding ware", "doubtful", "", ("ding",)),
        ("Ding ware and Cizhou ware", "ambiguous", "", ("ding", "cizhou")),
        ("Ding ware; possibly Cizhou ware", "doubtful", "", ("ding", "cizhou")),
        ("四川邛崃", "within", "qiong", ()),
    ],
)
def test_the_kiln_that_is_named(words: Vocabulary, text: str, how: str, id_: str, candidates: tuple[str, ...]) -> None:
    found = maker.read(words.field("kiln"), text)
    assert found is not None and (found.how, found.id, found.candidates) == (how, id_, candidates)


def test_a_title_must_call_it_a_kiln(words: Vocabulary) -> None:
    field = words.field("kiln")
    found = maker.read(field, "定窑白釉碗", signed=True)
    assert found is not None and found.id == "ding"
    assert maker.read(field, "Ding, the potter", signed=True) is None
    assert maker.read(field, "white bowl") is None
