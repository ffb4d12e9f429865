"""`kilnmix retrieve`: other photographs as a pool to mix in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def retrieve(
    folder: Annotated[Path, typer.Argument(help="The folder that the other photographs are in.")],
    labels: Annotated[Path, typer.Option(help="Their label table: CSV, TSV or XLSX.")],
    into: Annotated[Path, typer.Option(help="Folder to put the pool into.")] = Path("retrieved"),
    share: Annotated[float, typer.Option(min=0.01, max=0.99, help="Of the arm that is proposed.")] = 0.1,
    encoding: Annotated[str | None, typer.Option(help="Of the table, where it is not recognised.")] = None,
) -> None:
    """Make a pool of other photographs to mix in, without those that the collection holds too."""
    from kilnmix.collection import prepared
    from kilnmix.common.paths import PREPARED
    from kilnmix.config import load
    from kilnmix.curation import retrieval

    pool = retrieval.retrieve(folder, labels, load().collection, prepared.load(PREPARED), into, encoding)
    print(f"retrieve: {pool.sentence}. An arm for conf/arms/:\n\n{pool.arm(share)}")
