"""Numbers as a spreadsheet shows them: leading zeros, decimals, percentages, dates. Pure."""

from __future__ import annotations

import re
from datetime import datetime, time
from functools import lru_cache

_NUMBER = re.compile(r"([0#?,]+)(?:\.([0#?]+))?(%?)")
_PRIVATE = 0xE000
"""First code point of those that stand for literal text while a format is taken apart."""
_TOKENS = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[[^\]]*\]')


def shown(value: str, code: str, from_1904: bool = False) -> str:
    """A stored number as the format `code` displays it; grouping of thousands is left out.

    Raises:
        ValueError: it is no number.
    """
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"{value} is no number")
    if _is_date(code):
        return _date(number, code, from_1904)
    before, digits, decimals, percent, after = _parts(code)
    if digits is None:
        return _general(number)
    scaled = abs(number * (100 if percent else 1))
    text = f"{scaled:.{len(decimals)}f}"
    whole, _, rest = text.partition(".")
    least = decimals.count("0")
    rest = rest[:least] + rest[least:].rstrip("0")
    whole = whole.zfill(digits.count("0")) if digits.count("0") > 1 else whole
    sign = "-" if number < 0 and float(text) else ""
    return f"{sign}{before}{whole}{'.' + rest if rest else ''}{percent}{after}"


def _general(number: float) -> str:
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return format(number, ".15g")


@lru_cache(maxsize=256)
def _is_date(code: str) -> bool:
    from openpyxl.styles.numbers import is_date_format

    return bool(is_date_format(code)) and not re.search("general", code, re.IGNORECASE)


def _date(number: float, code: str, from_1904: bool) -> str:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

    try:
        moment = from_excel(number, CALENDAR_MAC_1904 if from_1904 else CALENDAR_WINDOWS_1900)
    except (OverflowError, ValueError):  # no day has this number: 20240115 typed into a cell for dates
        return _general(number)
    bare = _TOKENS.sub("", code).casefold()
    if isinstance(moment, datetime):
        if not re.search("[md]", bare) and "y" in bare:
            return str(moment.year)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ", "seconds")
    return str(moment)


@lru_cache(maxsize=256)
def _parts(code: str) -> tuple[str, str | None, str, str, str]:
    """Text before, whole digits, decimals, percent sign and text after; no digits: the format is a general one."""
    section = code.split(";")[0]
    if re.search("general|@", section, re.IGNORECASE):
        return "", None, "", "", ""
    literal: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literal.append(match[1] if match[1] is not None else match[2] or "")
        return chr(_PRIVATE + len(literal) - 1)

    bare = _TOKENS.sub(keep, section)
    found = _NUMBER.search(bare)
    if found is None or _NUMBER.search(bare, found.end()) or re.search("[eE/]", bare):
        return "", None, "", "", ""

    def text(part: str) -> str:
        return "".join(literal[ord(c) - _PRIVATE] if _PRIVATE <= ord(c) <= 0xF8FF else c for c in part)

    return text(bare[: found.start()]).strip(), found[1], found[2] or "", found[3], text(bare[found.end() :]).strip()
