"""Spellings made comparable: one form for full-width and half-width, traditional and simplified, accented and plain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]")
_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
"""On Latin letters; in other scripts such signs make other letters (が and か, й and и)."""
_APOSTROPHES = re.compile(r"['’‘ʼʻ`´]")
_JIAQING = re.compile(r"\bchia[ -]?ch['’‘ʼʻ`´]ing\b")
"""Chia-ch'ing (1796-1820), which its apostrophe alone tells from Chia-ching (1522-1566)."""
_BRACKETED = re.compile(r"[(\[【〔{]([^)\]】〕}]*)[)\]】〕}]")
_SLASH = re.compile(r"(?<=\w) ?/ ?(?=\w)")
_WITH, _WITHOUT = re.compile(r"\bw/ ?(?!o\b)(?=\w)"), re.compile(r"\bw/o\b")
_SLASHED, _DASHES = re.compile(r"\s*/\s*"), re.compile(r"[‐‑–—]")
_LOOSE = re.compile(r"(?<!\d)[-_.]+|[-_.]+(?!\d)|_")
_SEPARATORS = re.compile(r"[\s_\-‐‑–—/]+")


def has_han(text: str) -> bool:
    return HAN.search(text) is not None


def any_word(words: Sequence[str]) -> re.Pattern[str]:
    """Any of the words; Latin ones only whole. None: nothing."""
    latin = "|".join(re.escape(word) for word in words if not has_han(word))
    parts = [re.escape(word) for word in words if has_han(word)]
    return re.compile("|".join([rf"\b(?:{latin})\b", *parts]) if latin else "|".join(parts) or r"(?!)")


def plain(text: str, characters: Mapping[int, str]) -> str:
    """NFKC, lower case, simplified characters, Latin letters without accents, single spaces.

    Args:
        characters: code point -> character, traditional to simplified (`str.translate`'s form).
    """
    text = _JIAQING.sub("jiaqing", unicodedata.normalize("NFKC", text).casefold().translate(characters))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
    return " ".join(text.split())


def key(text: str) -> str:
    """What two spellings share that a person takes for one: of `plain` text, without hyphens, apostrophes and dots."""
    text = _SEPARATORS.sub(" ", _APOSTROPHES.sub("", text.replace(".", " ")))
    return "".join(text.split()) if has_han(text) else " ".join(text.split())


def own_key(text: str) -> str:
    """What two terms that no vocabulary names share, of `plain` text: hyphens, dots and blanks between letters are one
    (`blue-and-white`, `blue and white`); between digits they are not (1.5, 1-5, 1 5), and a slash never is (A/B)."""
    text = _SLASHED.sub("/", _APOSTROPHES.sub("", text))
    text = " ".join(_LOOSE.sub(" ", _DASHES.sub("-", text)).split()).strip(" /")
    return "".join(text.split()) if has_han(text) else text


def spaced(text: str) -> str:
    """As `key`, with the spaces left between words: for finding spellings inside longer text."""
    return " ".join(_SEPARATORS.sub(" ", _APOSTROPHES.sub("", text)).split())


def either(text: str) -> str:
    """`plain` text with `or` in the place of a slash between two names; `w/` and `w/o` are with and without."""
    return _SLASH.sub(" or ", _WITH.sub("with ", _WITHOUT.sub("without", text)))


@lru_cache(maxsize=65536)
def pinyin(text: str) -> str:
    """Syllables without tones, separated by spaces; text that is not Chinese stays as it is."""
    if not has_han(text):
        return text
    from pypinyin import lazy_pinyin

    return " ".join(" ".join(lazy_pinyin(text)).split())


_SIGNS = {
    "+": "plus", "<": "under", ">": "over", "≤": "at most", "≥": "at least", "=": "equal", "±": "about", "~": "about",
    "%": "percent", "&": "and", "#": "number", "*": "star", "★": "star", "☆": "open star", "×": "times", "°": "degrees",
    "√": "yes", "✓": "yes", "✔": "yes", "✗": "no", "✘": "no", "!": "exclaimed", "$": "dollar", "€": "euro",
    "£": "pound", "¥": "yen", "♂": "male", "♀": "female", "↑": "up", "↓": "down", "|": "bar", "^": "hat",
}  # fmt: skip
"""Signs that may be all that tells two terms apart: A and A+."""
_MINUS = re.compile(r"^[-−](?=\w)|(?<=\w)[-−]+$")


def slug(text: str) -> str:
    """A class id for a term that no vocabulary names: pinyin, lower case, signs as words, joined by hyphens.

    Empty where a text holds neither letters, digits nor known signs. Different texts may get one slug (homophones):
    `labels.distinct` tells them apart.
    """
    text = _MINUS.sub(lambda match: " minus" * len(match.group()) + " ", unicodedata.normalize("NFKC", text).strip())
    text = "".join(f" {_SIGNS[c]} " if c in _SIGNS else c for c in text)
    latin = unicodedata.normalize("NFKD", pinyin(text)).casefold()
    latin = "".join(c for c in latin if not unicodedata.combining(c))
    return re.sub(r"[^\w]+|_+", "-", latin).strip("-")


def coded(text: str) -> str:
    """An id for a text without letters, digits or known signs: its code points."""
    return "-".join(f"u{ord(character):04x}" for character in text if not character.isspace())


@lru_cache(maxsize=65536)
def _heading(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def heading(text: str, characters: Mapping[int, str]) -> str:
    """What two headings share that a person takes for one: letters and digits of `plain` text."""
    return _heading(plain(text, characters))


def headings(text: str, characters: Mapping[int, str]) -> list[str]:
    """A heading as a whole, without what stands in brackets, what stands there, and each side of a slash or a line.

    `朝代（Dynasty）`, `Dynasty / 朝代` and `朝代* ` are all the heading 朝代.
    """
    lines = [plain(line, characters) for line in text.splitlines()] if "\n" in text else []
    whole = plain(text, characters)
    outside = _BRACKETED.sub(" ", whole)
    parts = [whole, *lines, outside, *_BRACKETED.findall(whole), *re.split(r"[/|]", outside)]
    if has_han(outside) and re.search("[a-z]", outside):  # `朝代 Dynasty`
        parts += ["".join(HAN.findall(outside)), HAN.sub(" ", outside)]
    return list(dict.fromkeys(form for part in parts if (form := _heading(part))))
