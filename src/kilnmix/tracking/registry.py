"""The refitted classifier among MLflow's registered models."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kilnmix.config import Params

if TYPE_CHECKING:
    from mlflow import MlflowClient


def register(client: MlflowClient, params: Params, run_id: str, folder: Path) -> None:
    """Makes a trained model a version of the registered model of the experiment's name, once a run."""
    from mlflow.exceptions import MlflowException

    from kilnmix.tracking import mlflow_model

    name = params.experiment.name
    if client.search_model_versions(f"run_id = '{run_id}'"):
        return
    with tempfile.TemporaryDirectory() as draft:
        mlflow_model.save(folder, Path(draft) / "model")
        client.log_artifacts(run_id, str(Path(draft) / "model"), "model")
    with contextlib.suppress(MlflowException):  # it is there already
        client.create_registered_model(name, description="The classifier that kilnmix's stage `refit` trains.")
    uri = client.get_run(run_id).info.artifact_uri
    client.create_model_version(name, source=f"{uri}/model", run_id=run_id)
