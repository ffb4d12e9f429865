"""Chinese print leaves a space between its characters and Latin letters or digits.

The texts of languages/zh.yaml have it where they are written so; a value may begin or end with either, so there it
is set when the value is known. Values themselves, such as names of files, stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[0-9A-Za-z%+\u2212]")


def spaced(text: str, values: Mapping[str, Any]) -> str:
    """The text with a space before and after each field whose value asks for one; its fields are still to be filled."""
    made, last = "", ""
    for literal, field, form, conversion in Formatter().parse(text):
        made += _gap(last, literal) + literal.replace("{", "{{").replace("}", "}}")
        last = literal[-1:] or last
        if field is None:
            continue
        value = str(values[field])
        made += _gap(last, value) + "{" + field + (f"!{conversion}" if conversion else "")
        made += (f":{form}" if form else "") + "}"
        last = value[-1:] or last
    return made


def _gap(before: str, after: str) -> str:
    if _CHINESE.match(before[-1:]) and _LATIN.match(after[:1]):
        return " "
    return " " if _LATIN.match(before[-1:]) and _CHINESE.match(after[:1]) else ""
