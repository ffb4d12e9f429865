"""`kilnmix import`: a person's photographs and labels into data/."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def import_photographs(
    folder: Annotated[Path, typer.Argument(help="The folder that the photographs are in.")],
    labels: Annotated[Path | None, typer.Option(help="The label table: CSV, TSV or XLSX.")] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="A column to learn, once for each; without a table, what the subfolders are."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the table, where it is not recognised.")] = None,
) -> None:
    """Put your photographs and their labels into data/, in the place of the demo's."""
    from kilnmix.collection import intake
    from kilnmix.commands import adoption
    from kilnmix.config import load

    settings = load().collection
    if task:
        settings = settings.model_copy(update={"tasks": tuple(task)})
    changes = adoption.adopt(settings.tasks)  # before anything is moved: conf/ may not take them
    subfolders = task[0] if task and len(task) == 1 else None
    imported = intake.import_photographs(folder, labels, settings, subfolders, encoding)
    changes.write()
    print(f"import: {imported.sentence}; {changes.sentence}. Next: `dvc repro`.")
