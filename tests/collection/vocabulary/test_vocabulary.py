from pathlib import Path

import pytest

from kilnmix.collection.vocabulary import reading, vocabulary
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError


def test_every_id_and_its_own_spelling_mean_the_same(words: Vocabulary) -> None:
    for field in words.fields.values():
        for id_, term in field.terms.items():
            assert reading.read(field, id_).id == id_
            assert not term.broader or term.broader in field.terms, id_
        for context in field.contexts:
            assert context.id in field.terms
            assert not context.of or context.of in field.terms


def test_numbers_of_the_thesaurus(words: Vocabulary) -> None:
    assert words.field("type").terms["bowl"].aat == 300203596
    assert words.field("type").terms["paperweight"].aat == 300236043
    assert words.field("type").terms["meiping"].aat is None  # not known is left out


def test_caption_words(words: Vocabulary) -> None:
    assert words.field("dynasty").words("song") == "Song"
    assert words.field("type").words("pear-vase") == "pear vase"
    assert words.field("type").words("long-thing") == "long thing"
    assert words.field("type").terms["meiping"].native == "梅瓶"


@pytest.mark.parametrize("broader", ["bowl", "cup", "nothing"])
def test_a_term_that_is_a_kind_of_itself(tmp_path: Path, broader: str) -> None:
    path = tmp_path / "v.yaml"
    path.write_text(
        "characters: {traditional: '', simplified: ''}\nmissing: []\ncolumns: {}\nfields:\n  type:\n    kind: form\n"
        f"    classes:\n      bowl: {{broader: {broader}}}\n      cup: {{broader: bowl}}\n"
    )
    with pytest.raises(UserError, match="is a kind of"):
        vocabulary.load(path)


def test_broken_vocabularies(tmp_path: Path) -> None:
    path = tmp_path / "v.yaml"
    with pytest.raises(UserError, match="no vocabulary"):
        vocabulary.load(path)
    path.write_text("a: [")
    with pytest.raises(UserError, match="cannot be read as YAML"):
        vocabulary.load(path)
    path.write_text("fields: {}")
    with pytest.raises(UserError, match="form"):
        vocabulary.load(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "--",
        "/",
        ".",
        "n/a",
        "N/A",
        "n.a.",
        "?",
        "？",
        "…",
        "***",
        "未编号",
        "未編號",
        "TBD",
        "未知",
        "Unknown",
    ],
)
def test_entries_that_say_nothing(words: Vocabulary, text: str) -> None:
    assert words.says_nothing(text)


@pytest.mark.parametrize("text", ["0", "12", "A-1", "甲", "é", "n-1", "未"])
def test_entries_that_say_something(words: Vocabulary, text: str) -> None:
    assert not words.says_nothing(text)
