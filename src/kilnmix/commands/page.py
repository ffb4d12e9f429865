"""`kilnmix app`: a page on this machine that answers for photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def app(
    model: Annotated[Path, typer.Option(help="The model's folder, as `refit` leaves it.")] = Path("out/refit"),
    port: Annotated[int, typer.Option(help="On 127.0.0.1, and nowhere else.")] = 7860,
    error: Annotated[float, typer.Option(help="A share of wrong sets, as for `predict`.")] = 0.1,
    corrections: Annotated[Path, typer.Option(help="Where corrected labels and their pictures go.")] = Path(
        "corrections"
    ),
) -> None:
    """Open a page that takes photographs, shows answers and what they rest on, and notes corrections."""
    from kilnmix.common.ports import listening

    taken = listening("127.0.0.1", port, "kilnmix app")

    from kilnmix.classifier import predict_files
    from kilnmix.classifier.app import server
    from kilnmix.classifier.app.corrections import Corrections
    from kilnmix.classifier.app.desk import Desk

    predictor = predict_files.load(model, error)
    desk = Desk(predictor, Corrections(corrections, list(predictor.model.classes)))
    told = f"The page is on http://{server.HOST}:{port}/ until Ctrl-C. Corrections go into {corrections}/labels.csv."
    server.serve(desk, taken, lambda: print(told, flush=True))
