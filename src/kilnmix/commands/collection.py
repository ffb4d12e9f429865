"""The collection's own commands: `resolve` and `collect`. What is heavy is imported where it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kilnmix.commands.task_options import told
from kilnmix.common.errors import UserError

if TYPE_CHECKING:
    from kilnmix.config import CollectionSettings


def _settings() -> CollectionSettings:
    from kilnmix.config import load

    return load().collection


def resolve(
    table: Annotated[Path, typer.Argument(help="A CSV, TSV, XLSX, ODS or JSON file.")],
    task: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME=HEADING, once for each; otherwise those of params.yaml.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the table, where it is not found out.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook, where it is not found out.")] = None,
    vocabulary: Annotated[Path | None, typer.Option(help="Another vocabulary than the project's.")] = None,
) -> None:
    """Write a table with columns TASK_id and TASK_sure for each task: what labels and titles are taken to mean.

    The table goes to standard output as CSV; what could not be resolved goes to standard error, with how often it
    stands there and what comes nearest. Nothing is changed.
    """
    import sys

    from kilnmix.collection import resolving

    settings = told(_settings(), task or ())
    if vocabulary:
        settings = settings.model_copy(update={"vocabulary": vocabulary})
    resolved = resolving.resolve(table, settings, encoding, sheet)
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    resolving.write(resolved, sys.stdout)
    print(resolving.report(resolved), file=sys.stderr)


def collect(
    museum: Annotated[str, typer.Argument(help="met or cleveland.")],
    into: Annotated[Path | None, typer.Option(help="Folder to collect into; otherwise collected/MUSEUM.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many objects.")] = None,
    query: Annotated[str | None, typer.Option(help="Words to search for instead of the usual ones.")] = None,
    views: Annotated[int, typer.Option(min=1, help="Photographs of an object at most.")] = 1,
    pause: Annotated[float, typer.Option(min=0.0, help="Seconds between two requests.")] = 0.25,
    url: Annotated[str | None, typer.Option(help="Another address of the museum's API.")] = None,
) -> None:
    """Build a labelled set of CC0 photographs of Chinese ceramics from a museum's open-access API.

    Stopped or failed, the same command goes on where it was. The folder then serves `kilnmix import`.
    """
    from kilnmix.collection.museums import SOURCES
    from kilnmix.collection.museums import collect as gather

    if museum not in SOURCES:
        raise UserError(f"There is no museum {museum!r}; there are {', '.join(sorted(SOURCES))}.")
    folder = into or Path("collected") / museum
    source = SOURCES[museum](url) if url else SOURCES[museum]()
    report = gather.collect(source, folder, _settings(), limit=limit, query=query, pause=pause, views=views)
    print(f"collect: {report.sentence}.")
