"""The works that methods cite."""

from __future__ import annotations

import re

import pytest

from kilnmix.report.paper import references


def test_every_entry_has_what_a_reader_looks_for() -> None:
    for key, entry in references.entries().items():
        assert re.search(r"year = \{\d{4}\}", entry), key
        assert "title = {" in entry, key
        assert entry.count("{") == entry.count("}"), key
    assert references.short("loshchilov2019decoupled") == "Loshchilov and Hutter 2019"
    assert references.short("smyth2004linear") == "Smyth 2004"


def test_a_bibliography_holds_each_work_once_by_name() -> None:
    text = references.bibliography(["smyth2004linear", "loshchilov2019decoupled", "smyth2004linear"])
    assert re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE) == ["loshchilov2019decoupled", "smyth2004linear"]
    with pytest.raises(KeyError):
        references.bibliography(["nobody2000nothing"])
