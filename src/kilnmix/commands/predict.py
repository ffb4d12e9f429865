"""`kilnmix predict`: the classes of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def predict(
    pictures: Annotated[list[Path], typer.Argument(help="Picture files, or folders that hold some.")],
    model: Annotated[Path, typer.Option(help="The model's folder, as `refit` leaves it.")] = Path("out/refit"),
    top: Annotated[int, typer.Option(min=1, help="How many classes a task.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a picture instead of CSV.")] = False,
) -> None:
    """Tell the classes of pictures with the classifier that `refit` made."""
    from kilnmix.classifier import predict_files

    rows = predict_files.answer(predict_files.expand(pictures), model, top)
    (predict_files.write_json if as_json else predict_files.write_csv)(rows)
