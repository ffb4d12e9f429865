"""`kilnmix predict`: the classes of pictures."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How answers are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def predict(
    pictures: Annotated[list[Path], typer.Argument(help="Picture files, or folders that hold some.")],
    model: Annotated[Path, typer.Option(help="The model's folder, as `refit` leaves it.")] = Path("out/refit"),
    top: Annotated[int, typer.Option(min=1, help="How many classes a task.")] = 1,
    error: Annotated[
        float, typer.Option(help="A share of wrong sets: `not sure` where several classes are in a set.")
    ] = 0.1,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Tell the classes of pictures with the classifier that `refit` made."""
    from kilnmix.classifier import predict_files

    files = predict_files.expand(pictures)
    write = {
        Format.TABLE: predict_files.write_table,
        Format.CSV: predict_files.write_csv,
        Format.JSON: predict_files.write_json,
    }[Format.JSON if as_json else form]
    write(predict_files.answer(files, model, top, error))
