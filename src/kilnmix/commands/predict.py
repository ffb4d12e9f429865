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
    explain: Annotated[
        Path | None, typer.Option(help="A new folder: where each answer comes from, and the nearest photographs.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Tell the classes of pictures with the classifier that `refit` made."""
    import sys

    from kilnmix.classifier import answers, picture_files, predict_files

    files, notes = picture_files.find(pictures)
    for note in notes:
        print(f"kilnmix: {note}", file=sys.stderr)
    write = {
        Format.TABLE: answers.write_table,
        Format.CSV: answers.write_csv,
        Format.JSON: answers.write_json,
    }[Format.JSON if as_json else form]
    predictor = predict_files.load(model, error)
    if explain is None:
        write(predict_files.answer(files, predictor, top))
        return
    from kilnmix.classifier.explanation import Explanations

    explanations = Explanations(predictor, explain)
    try:
        write(predict_files.answer(files, predictor, top, explanations.add, explanations.unread))
    finally:
        print(f"kilnmix: what the answers rest on: {explanations.close()}", file=sys.stderr)
