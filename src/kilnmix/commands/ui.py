"""`kilnmix ui`: the MLflow UI on this project's runs."""

from __future__ import annotations

from typing import Annotated

import typer

_SHOWN = {
    "trainings": "Trainings, with their scores",
    "arms": "Macro-F1 of every arm",
    "search": "The search's trials, as parallel coordinates",
    "compare": "The last study's arms side by side",
}


def ui(
    port: Annotated[int, typer.Option(help="On 127.0.0.1.")] = 5000,
    host: Annotated[
        str, typer.Option(help="Listen elsewhere than on this machine only at your own risk.")
    ] = "127.0.0.1",
) -> None:
    """Open the MLflow UI on this project's runs."""
    from kilnmix.common.errors import UserError
    from kilnmix.common.ports import listening
    from kilnmix.config import load
    from kilnmix.tracking import location, server

    params = load()
    elsewhere = location.server(params)
    if elsewhere is not None:
        raise UserError(f"The runs are on the server {elsewhere}: open it in a browser.")
    taken = listening(host, port, "kilnmix ui")

    from kilnmix.tracking.shelf import runs
    from kilnmix.tracking.store import open_store
    from kilnmix.tracking.views import save

    client, experiment = open_store(params)
    address = f"http://{host}:{port}/"
    saved = save(client, experiment, params.collection.tasks, runs(client, experiment))

    def ready() -> None:
        print(f"The runs are on {address} until Ctrl-C.", flush=True)
        for name, path in saved.items():
            print(f"  {_SHOWN[name]}: {address}{path}", flush=True)

    server.serve(params, taken, ready)
