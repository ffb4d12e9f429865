"""The works that a methods paragraph cites: from `references.bib`, as BibTeX and as author and year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources


@cache
def entries() -> dict[str, str]:
    """Key -> BibTeX entry."""
    text = (resources.files("kilnmix.report.paper") / "references.bib").read_text(encoding="utf-8")
    return {entry.split("{", 1)[1].split(",", 1)[0]: entry.strip() for entry in re.split(r"\n(?=@)", text)}


def bibliography(keys: Iterable[str]) -> str:
    """The entries of some keys as one BibTeX file, in the order of the keys' names.

    Raises:
        KeyError: a key without an entry.
    """
    return "\n\n".join(entries()[key] for key in sorted(set(keys))) + "\n"


def short(key: str) -> str:
    """Author and year: Hu et al. 2022; Song and Ermon 2021; Smyth 2004."""
    entry = entries()[key]
    listed, year = (re.search(rf"\b{name} = \{{(.*)\}}", entry) for name in ("author", "year"))
    assert listed and year
    families = [author.split(",")[0].strip("{} ") for author in listed[1].split(" and ")]
    who = (
        families[0] if len(families) == 1 else " and ".join(families) if len(families) == 2 else f"{families[0]} et al."
    )
    return f"{who} {year[1]}"
