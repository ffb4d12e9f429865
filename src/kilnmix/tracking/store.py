"""The MLflow store: where it is, and how it is made and opened."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kilnmix.common.errors import UserError
from kilnmix.config import Params

if TYPE_CHECKING:
    from mlflow import MlflowClient

# Lets the UI open on training runs instead of language-model traces.
_KIND = {"mlflow.experimentKind": "custom_model_development"}


def store_uri(params: Params) -> str:
    """The server of the settings, or the database in the tracking folder."""
    return params.tracking.uri or f"sqlite:///{(params.tracking.folder / 'mlflow.db').resolve()}"


def open_store(params: Params) -> tuple[MlflowClient, str]:
    """A client and the id of this project's experiment; makes both once, under a lock.

    Several processes that open one new database together would break its migrations.

    Raises:
        UserError: the store does not answer.
    """
    from filelock import FileLock
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    folder = params.tracking.folder
    folder.mkdir(parents=True, exist_ok=True)
    name = params.experiment.name
    try:
        with FileLock(folder / "mlflow.lock"):
            client = MlflowClient(store_uri(params))
            experiment = client.get_experiment_by_name(name)
            if experiment is not None:
                return client, experiment.experiment_id
            artifacts = None if params.tracking.uri else (folder / "artifacts").resolve().as_uri()
            return client, client.create_experiment(name, artifact_location=artifacts, tags=_KIND)
    except MlflowException as error:
        raise UserError(
            f"The MLflow store {store_uri(params)} does not answer: {error.message}. "
            "Check tracking.uri and tracking.folder."
        ) from error
