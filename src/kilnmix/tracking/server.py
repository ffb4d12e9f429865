"""MLflow's server for the UI, in this process alone."""

from __future__ import annotations

import os

from kilnmix.config import Params
from kilnmix.tracking.location import artifacts_uri, store_uri


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
