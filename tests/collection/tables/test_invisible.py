"""Characters that nobody sees."""

from __future__ import annotations

import pytest

from kilnmix.collection.tables.invisible import cleaned


@pytest.mark.parametrize(
    ("text", "seen"),
    [("\u200bimage\ufeff", "image"), ("dyn\u00adasty", "dynasty"), ("a\u00a0b", "a b"), ("\u202adata\u202c", "data"),
     ("\u3000宋\u3000", "宋"), ("宋\ufe00", "宋"), ("a\x00b\x07", "ab"), ("two\nlines", "two\nlines")],
)  # fmt: skip
def test_invisible_characters(text: str, seen: str) -> None:
    assert cleaned(text) == seen
