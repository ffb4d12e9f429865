"""MLflow's server for the UI, in this process alone."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from kilnmix.common import ports
from kilnmix.config import Params
from kilnmix.tracking.location import artifacts_uri, store_uri


def serve(params: Params, taken: socket.socket, ready: Callable[[], object]) -> None:
    """Serves the UI until Ctrl-C, without worker processes and job runners.

    Args:
        taken, ready: as for `ports.serve`.
    """
    from mlflow.server import constants

    uri = store_uri(params)
    os.environ |= {
        constants.BACKEND_STORE_URI_ENV_VAR: uri,
        constants.REGISTRY_STORE_URI_ENV_VAR: uri,
        constants.ARTIFACT_ROOT_ENV_VAR: artifacts_uri(params),
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    ports.serve("mlflow.server.fastapi_app:app", taken, ready)
