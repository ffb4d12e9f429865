"""Years that a text names: spans, single years, centuries and parts of them, in digits or Chinese numerals. Pure."""

from __future__ import annotations

import re

_CENTURY = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)? ?(?:-|–|—|~|to|至|到| ) ?)?(\d{1,2})(?:st|nd|rd|th)? ?(?:centur(?:y|ies)|世纪)"
)
_NUMERAL = re.compile(
    r"(二?十[一二三四五六七八九]?|[一二三四五六七八九])(?=世纪|[-–—~至到]二?十?[一二三四五六七八九]?世纪)"
)
_THIRDS = (
    (r"\bearly\b|世纪(?:早期|初)", 0, 33),
    (r"\bmid(?:dle)?\b|世纪中", 33, 66),
    (r"\blate\b|世纪(?:晚期|末|后期)", 67, 99),
    (r"\b(?:first|1st) half\b|世纪(?:前半|上半)", 0, 49),
    (r"\b(?:second|2nd) half\b|世纪(?:后半|下半)", 50, 99),
)
"""Parts of a century: words for it, and its first and last year."""
_SPAN = re.compile(r"(\d{3,4})(?:年)?(?: *(?:-|–|—|~|to|至|到| ) *(\d{2,4}))?")


def years(text: str) -> tuple[int, int] | None:
    """First and last year that a text names: a span, a year, centuries, or a part of one."""
    before = bool(re.search(r"b\.? ?c\.?|公元前|前\d", text))
    text = _NUMERAL.sub(lambda match: str(_number(match.group())), text)
    centuries = [int(number) for pair in _CENTURY.findall(text) for number in pair if number]
    if centuries:
        low, high = 100 * (min(centuries) - 1), 100 * max(centuries) - 1
        parts = [(first, last) for words, first, last in _THIRDS if re.search(words, text)]
        if low + 99 == high and len(parts) == 1 and not before:
            low, high = low + parts[0][0], low + parts[0][1]
    else:
        spans = _SPAN.findall(text)
        if not spans:
            return None
        first, last = spans[0]
        low = int(first)
        high = int(first[: max(0, len(first) - len(last))] + last) if last else low
    return (-high, -low) if before else (min(low, high), max(low, high))


def _number(numeral: str) -> int:
    """Of a Chinese numeral from one to twenty-nine."""
    tens, ten, ones = numeral.rpartition("十")
    return 10 * (1 + ("一二".index(tens) if tens else 0)) * bool(ten) + (
        "一二三四五六七八九".find(ones) + 1 if ones else 0
    )
