"""Spellings made comparable."""

import pytest

from kilnmix.collection.vocabulary import spelling as text


def test_spelling_forms() -> None:
    assert text.plain("Ｃéladon　  釉", {}) == "celadon 釉"
    assert text.key(text.plain("Lung-ch'üan", {})) == "lung chuan"
    assert text.slug("青右") == "qing-you"


@pytest.mark.parametrize(
    ("written", "compared"),
    [("Ｋ'ang－Hsi", "kang hsi"), ("青 花 瓷", "青花瓷"), ("Musée d'Art", "musee dart"), ("A.B", "a b"), ("が", "が")],
)
def test_keys_of_spellings(written: str, compared: str) -> None:
    assert text.key(text.plain(written, {})) == compared


def test_traditional_characters_and_chia_ching() -> None:
    assert text.plain("龍窯", {ord("龍"): "龙", ord("窯"): "窑"}) == "龙窑"
    assert text.plain("Chia-ch'ing", {}) == "jiaqing" and text.plain("Chia-ching", {}) == "chia-ching"


def test_ids_for_terms_of_ones_own() -> None:
    assert [text.slug(word) for word in ("A+", "A", "Été", "釉 2", "-3", "??")] == [
        "a-plus", "a", "ete", "you-2", "minus-3", "",
    ]  # fmt: skip
    assert text.coded("? !") == "u003f-u0021"
    assert text.pinyin("青花") == "qing hua" and text.pinyin("bowl") == "bowl"


def test_headings_in_brackets_and_beside_slashes() -> None:
    assert text.headings("朝代（Dynasty）", {}) == ["朝代dynasty", "朝代", "dynasty"]
    assert text.headings("Object / 藏品", {})[1:3] == ["object", "藏品"]
    assert text.heading("Object_ID.", {}) == "objectid"


def test_words_are_found_whole() -> None:
    pattern = text.any_word(["thai", "日本"])
    assert [bool(pattern.search(said)) for said in ("thai bowl", "thailand", "在日本国")] == [True, False, True]
    assert text.any_word([]).search("anything") is None
    assert text.has_han("a碗") and not text.has_han("が")
