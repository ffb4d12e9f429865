"""Images that a person has ruled out: the file that the gallery exports, or a text with one image a line.

vetoes.csv    columns `image`, FOLD/ADAPTER/ID, and `comment`; others are left alone
a text        lines FOLD/ADAPTER/ID; `#` begins a comment
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from kilnmix.common.errors import UserError
from kilnmix.common.paths import Fold
from kilnmix.common.readers import read_csv, read_text
from kilnmix.config import Params

_WHOLE = re.compile(r"0|[1-9][0-9]*")
REMEDY = "Save it as UTF-8, as the gallery exports it."


@dataclass(frozen=True)
class Veto:
    """An image of a pool, and why it is ruled out."""

    fold: str
    adapter: str
    id: str
    comment: str = ""

    @property
    def image(self) -> str:
        return f"{self.fold}/{self.adapter}/{self.id}"

    def concerns(self, fold: Fold, adapter: int) -> bool:
        return (self.fold, self.adapter) == (str(fold), str(adapter))


def read(path: Path | None) -> list[Veto]:
    """All vetoes of a file, in its order, each image once; without a file none.

    Raises:
        UserError: the file is missing or a line is of another form.
    """
    if path is None:
        return []
    if not path.exists():
        raise UserError(f"curation.vetoes names {path}, which is not there. Make an empty file, or set it to null.")
    text = read_text(path, REMEDY)
    lines = text.splitlines()
    if lines and "image" in [cell.strip('" ') for cell in lines[0].split(",")]:
        rows = read_csv(path, ["image"], REMEDY)
        entries = [(place, row["image"].strip(), row.get("comment", "").strip()) for place, row in enumerate(rows, 2)]
    else:
        parts = [line.partition("#") for line in lines]
        entries = [(place, image.strip(), said.strip()) for place, (image, _, said) in enumerate(parts, 1)]
    found: dict[str, Veto] = {}
    for place, image, comment in entries:
        if not image:
            continue
        names = image.split("/")
        if len(names) != 3:
            raise UserError(f"{path}, line {place}: {image!r} is not of the form FOLD/ADAPTER/ID, such as 0/0/000123.")
        if not (names[0] == "all" or _WHOLE.fullmatch(names[0])) or not _WHOLE.fullmatch(names[1]):
            raise UserError(
                f"{path}, line {place}: {image!r} names no pool. FOLD is a whole number or all, ADAPTER a "
                "whole number, without leading zeros, such as 0/0/000123."
            )
        found[image] = Veto(names[0], names[1], names[2], comment)
    return list(found.values())


def astray(vetoes: Sequence[Veto], params: Params) -> list[Veto]:
    """Those of folds or adapters that the study does not have, so that they concern no pool."""
    pools = [(fold, adapter) for fold in params.pool_folds for adapter in params.adapters]
    return [veto for veto in vetoes if not any(veto.concerns(*pool) for pool in pools)]


def of_pool(vetoes: Sequence[Veto], fold: Fold, adapter: int, ids: Sequence[str], path: Path | None) -> frozenset[str]:
    """The ids of one pool's images that are ruled out, each of which is an image of it.

    Args:
        ids: (m,) names of the pool's images; path: the file that the vetoes are from.

    Raises:
        UserError: a veto names no image; the sentence has the nearest name.
    """
    named = frozenset(veto.id for veto in vetoes if veto.concerns(fold, adapter))
    for veto in sorted(named - set(ids)):
        stem = veto.removesuffix(".png")
        padded = stem.zfill(len(ids[0])) if ids else stem
        near = padded if padded in ids else next(iter(get_close_matches(stem, ids, 1, 0.0)), "")
        raise UserError(f"{path} rules out {veto}, which this pool has not. Perhaps {near} is meant; mend the line.")
    return named
