"""`kilnmix ui`: the MLflow UI on this project's runs."""

from __future__ import annotations

from typing import Annotated

import typer


def ui(
    port: Annotated[int, typer.Option(help="On 127.0.0.1.")] = 5000,
    host: Annotated[
        str, typer.Option(help="Listen elsewhere than on this machine only at your own risk.")
    ] = "127.0.0.1",
) -> None:
    """Open the MLflow UI on this project's runs."""
    import os
    import sys

    from kilnmix.common.errors import UserError
    from kilnmix.config import load
    from kilnmix.tracking.location import store_uri
    from kilnmix.tracking.store import open_store

    params = load()
    if params.tracking.uri:
        raise UserError(f"The runs are on the server {params.tracking.uri}: open it in a browser.")
    open_store(params)
    arguments = ["-m", "mlflow", "server", "--backend-store-uri", store_uri(params), "--host", host]
    os.execv(sys.executable, [sys.executable, *arguments, "--port", str(port), "--workers", "1"])
