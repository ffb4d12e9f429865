"""Years that a text names: spans, single years, centuries and parts of them, in digits, words or numerals. Pure."""

from __future__ import annotations

import re

_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
_ROMAN = {
    "xxi": 21, "xx": 20, "xix": 19, "xviii": 18, "xvii": 17, "xvi": 16, "xv": 15, "xiv": 14, "xiii": 13, "xii": 12,
    "xi": 11, "x": 10, "ix": 9, "viii": 8, "vii": 7, "vi": 6, "v": 5, "iv": 4, "iii": 3, "ii": 2, "i": 1,
}  # fmt: skip
_BEFORE = r"(?:b\. ?c\.(?: ?e\.?)?|\bbce?\b\.?|(?<=\d)bce?\b\.?)"
_AFTER = r"(?:a\. ?d\.|\bad\b|(?<=\d)ad\b|c\. ?e\.|\bce\b\.?|(?<=\d)ce\b\.?)"
_PART = (
    r"early|mid(?:dle)?|late|(?:first|1st|second|2nd) half|(?:first|1st|second|2nd|third|3rd|fourth|4th|last) quarter|"
    r"beginning|end"
)
_NUMBER = r"\d{1,2}(?:st|nd|rd|th|er|e)?"
_UNIT = r"(?:centur(?:y|ies)|cent\b\.?|c\b\.?|siecles?|jahrhunderts?|jh\b\.?|世纪)"
_HAN_PART = r"早期|前期|初期|初|前半期?|上半叶|上半|前叶|中期|中叶|中|晚期|后期|末期|末|后半期?|下半叶|下半|后叶"


def _one(which: int) -> str:
    """A century's number, with the part of the century before it."""
    return rf"(?:(?P<part{which}>{_PART})[\s-]*(?:part )?(?:of )?(?:the )?)?(?P<number{which}>{_NUMBER})(?: |-)?"


_CENTURY = re.compile(
    rf"(?:{_one(1)}(?P<unit1>{_UNIT})?(?P<hanpart1>{_HAN_PART})? ?(?P<era1>{_BEFORE}|{_AFTER})? ?"
    rf"(?:-|to|or|and|/|,|至|到|~|from| )+)?{_one(2)}{_UNIT}(?P<hanpart2>{_HAN_PART})?"
    rf" ?(?P<era2>{_BEFORE}|{_AFTER})?"
)
_THIRDS = {
    "early": (0, 33), "beginning": (0, 20), "first half": (0, 49), "1st half": (0, 49), "second half": (50, 99),
    "2nd half": (50, 99), "mid": (33, 66), "middle": (33, 66), "late": (67, 99), "end": (80, 99),
    "first quarter": (0, 24), "1st quarter": (0, 24), "second quarter": (25, 49), "2nd quarter": (25, 49),
    "third quarter": (50, 74), "3rd quarter": (50, 74), "fourth quarter": (75, 99), "4th quarter": (75, 99),
    "last quarter": (75, 99),
}  # fmt: skip
"""Parts of a century: words for it, and its first and last year."""
_HAN_NUMERAL = re.compile(
    r"(二?十[一二三四五六七八九]?|[一二三四五六七八九])(?=世纪|(?:世纪)?[-~至到]二?十?[一二三四五六七八九]?世纪)"
)


def _year(which: int) -> str:
    return (
        rf"(?P<pre{which}>(?:前|{_BEFORE}|{_AFTER}) ?)?(?P<year{which}>\d{{1,4}})(?P<s{which}>s\b)?(?:年代?)?"
        rf"(?: ?(?P<era{which}>{_BEFORE}|{_AFTER}))?"
    )


_SPAN = re.compile(rf"(?<!\d)(?<!\d\.){_year(1)}(?: *(?:-|/|to|至|到|~) *(?:c\.?|ca\.?|circa)? *{_year(2)})?(?!\d)")
_QUALIFIED = re.compile(rf"\b({_PART})[\s-]*(?:of )?(?:the )?(?=\d{{2,4}}s\b)")


def years(text: str) -> tuple[int, int] | None:
    """First and last year that a `spelling.plain` text names: a span, a year, centuries, or a part of one.

    Years before the common era are negative.
    """
    text = _normal(text)
    centuries = [span for match in _CENTURY.finditer(text) for span in _centuries(match)]
    if centuries:
        return min(low for low, _ in centuries), max(high for _, high in centuries)
    for match in _SPAN.finditer(text):
        span = _span(match, text)
        if span is not None:
            return span
    return None


def _normal(text: str) -> str:
    text = re.sub("[–—―~～‐‑−]", "-", text)
    text = _HAN_NUMERAL.sub(lambda match: str(_number(match.group())), text)
    text = re.sub(rf"\b({'|'.join(_ORDINALS)})\b(?=[\s-]*(?:{_UNIT}|to|-|and|or))", _ordinal, text)
    text = re.sub(rf"\b({'|'.join(_ROMAN)})(?:e|th)?\b(?=[\s-]*{_UNIT}|[\s-]*[-/][\s-]*[ivx]+(?:e|th)? ?{_UNIT})",
                  lambda match: f"{_ROMAN[match[1]]}th", text)  # fmt: skip
    text = re.sub(r"\bc ?(\d{1,2})(st|nd|rd|th)?\b(?!\d|s\b)", r"\1th century", text)
    return re.sub(r"(\d{1,2})\. ?(?=jahrhundert|jh)", r"\1th ", text)


def _ordinal(match: re.Match[str]) -> str:
    return f"{_ORDINALS.index(match[1]) + 1}th"


def _centuries(match: re.Match[str]) -> list[tuple[int, int]]:
    found = []
    era2 = match["era2"]
    for which in ("1", "2"):
        if not match[f"number{which}"]:
            continue
        number = int(re.sub(r"\D", "", match[f"number{which}"]))
        era = match[f"era{which}"] or era2
        parts = [match[f"part{which}"] or ""] if which == "2" or match["part1"] else [""]
        first, last = _THIRDS.get(parts[0]) or _han_part(match[f"hanpart{which}"]) or (0, 99)
        before = bool(era and re.match(_BEFORE, era)) or bool(re.search(r"前 ?$", match.string[: match.start()]))
        low = -100 * number if before else 100 * (number - 1)
        found.append((low + first, low + last))
    return found


def _han_part(word: str | None) -> tuple[int, int] | None:
    if not word:
        return None
    if "半" in word or ("叶" in word and "中" not in word):
        return (0, 49) if word[0] in "前上" else (50, 99)
    return (0, 33) if word[0] in "早前初" else (33, 66) if word[0] == "中" else (67, 99)


def _span(match: re.Match[str], text: str) -> tuple[int, int] | None:
    eras = [_era(match, "1"), _era(match, "2")]
    first, second = match["year1"], match["year2"]
    if second is None:
        if len(first) < 3 and not eras[0]:
            return None
        return _decade(int(first), bool(match["s1"]), text, match.start(), eras[0])
    if len(first) < 3 and len(second) < 3 and not any(eras):
        return None
    if eras[0] == "" and eras[1] == "before":
        eras[0] = "before"
    low, high = int(first), int(second)
    if len(second) < len(first) and "before" not in eras and not match["s2"] and not match["pre2"]:
        high = int(first[: len(first) - len(second)] + second)
    start = _decade(low, bool(match["s1"]), text, match.start(), eras[0])
    end = _decade(high, bool(match["s2"]), text, match.start("year2"), eras[1])
    return min(start[0], end[0]), max(start[1], end[1])


def _era(match: re.Match[str], which: str) -> str:
    said = match[f"pre{which}"] or match[f"era{which}"] or ""
    if not said:
        return ""
    return "before" if said.startswith("前") or re.match(_BEFORE, said.strip()) else "after"


def _decade(year: int, plural: bool, text: str, place: int, era: str) -> tuple[int, int]:
    """A year as it stands; 1620s a decade, 1600s a century or the part of it that a word before it names."""
    if era == "before":
        return -year, -year
    if not plural:
        return year, year
    if year % 100:
        return year, year + 9
    part = next((m[1] for m in _QUALIFIED.finditer(text) if m.end() == place), "")
    first, last = _THIRDS.get(part, (0, 99))
    return year + first, year + last


def _number(numeral: str) -> int:
    """Of a Chinese numeral from one to twenty-nine."""
    tens, ten, ones = numeral.rpartition("十")
    return 10 * (1 + ("一二".index(tens) if tens else 0)) * bool(ten) + (
        "一二三四五六七八九".find(ones) + 1 if ones else 0
    )
