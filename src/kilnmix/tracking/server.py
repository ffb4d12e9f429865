"""MLflow's server for the UI, in this process alone."""

from __future__ import annotations

import os
import socket

from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.tracking.location import artifacts_uri, store_uri

_LARGEST_PORT = 65535


def check_address(host: str, port: int) -> None:
    """Looks whether a server can listen there.

    Raises:
        UserError: it cannot; the sentence names a port that is free.
    """
    if not 0 < port <= _LARGEST_PORT:
        raise UserError(
            f"There is no port {port}: ports go from 1 to {_LARGEST_PORT}. `kilnmix ui --port 5000` is usual."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError as error:
        raise UserError(
            f"Port {port} is the system's own. Take one above 1023: `kilnmix ui --port {free_port(host)}`."
        ) from error
    except socket.gaierror as error:
        raise UserError(f"There is no host {host!r} here. `kilnmix ui` listens on 127.0.0.1 without --host.") from error
    except OSError as error:
        raise UserError(
            f"Nothing can listen on {host}, port {port}: {error.strerror}. If an MLflow UI is there already, open "
            f"http://{host}:{port}; otherwise take another port: `kilnmix ui --port {free_port(host)}`."
        ) from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on; 5001 where the host is none of this machine's."""
    try:
        with socket.create_server((host, 0)) as server:
            return int(server.getsockname()[1])
    except OSError:
        return 5001


def serve(params: Params, host: str, port: int) -> None:
    """Serves the UI until Ctrl-C, without worker processes and job runners."""
    import uvicorn
    from mlflow.server import constants

    uri = store_uri(params)
    os.environ |= {
        constants.BACKEND_STORE_URI_ENV_VAR: uri,
        constants.REGISTRY_STORE_URI_ENV_VAR: uri,
        constants.ARTIFACT_ROOT_ENV_VAR: artifacts_uri(params),
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    uvicorn.run("mlflow.server.fastapi_app:app", host=host, port=port, workers=1, log_level="warning")
