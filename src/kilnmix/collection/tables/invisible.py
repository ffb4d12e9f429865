"""Characters that nobody sees, which come with text pasted from chats, web pages and dialogs. Pure."""

from __future__ import annotations

import re

_ZERO_WIDTH = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Zero-width spaces and joiners, marks of direction, soft hyphens, variation selectors, byte order marks, tags."""
_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Blanks of other widths than a space."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def cleaned(text: str) -> str:
    """The text as it is seen: without zero-width and control characters, blanks as spaces, trimmed."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _BLANKS.sub(" ", _CONTROLS.sub("", _ZERO_WIDTH.sub("", text))).strip()
