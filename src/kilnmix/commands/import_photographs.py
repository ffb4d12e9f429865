"""`kilnmix import`: a person's photographs into data/, and the settings that go with them into conf/."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kilnmix.commands.task_options import told


def import_photographs(
    folder: Annotated[Path, typer.Argument(help="The folder that the photographs are in.")],
    labels: Annotated[Path | None, typer.Option(help="The label table: CSV, TSV, XLSX, ODS or JSON.")] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="A column to learn, once for each, NAME or NAME=HEADING; or what subfolders are."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the table, where it is not recognised.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook, where it is not recognised.")] = None,
    unresolved: Annotated[
        str | None, typer.Option(help="Terms that the vocabulary lacks: refuse, leave-out, or allow as classes.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is understood; change nothing.")] = False,
) -> None:
    """Put your photographs and their labels into data/, in the place of those that are there."""
    from kilnmix.collection import intake, versioning
    from kilnmix.commands import adoption
    from kilnmix.common.commands import runnable
    from kilnmix.config import load

    settings = told(load().collection, task or (), unresolved)
    changes = adoption.adopt(settings)  # before anything is moved: conf/ may not take them
    changes.check()
    versioning.check(settings.folder)
    planned = intake.plan(intake.Source(folder, labels, encoding, sheet, tuple(task or ()), unresolved), settings)
    print(planned.account)
    if dry_run:
        print("import: nothing was changed.")
        return
    imported = intake.carry_out(planned)
    changes.write()
    print(runnable(f"import: {imported.sentence}; {changes.sentence}. Next: `dvc repro`."))
