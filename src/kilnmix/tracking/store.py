"""The MLflow store, made once and opened by one process after the other."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kilnmix.common.database_turns import opening_turn
from kilnmix.common.errors import UserError
from kilnmix.common.files import free
from kilnmix.config import Params
from kilnmix.tracking import faults
from kilnmix.tracking.location import address, artifact_location, artifacts_uri, database, store_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

# Lets the UI open on training runs instead of language-model traces.
KIND = {"mlflow.experimentKind": "custom_model_development"}
_CONNECT_SECONDS = 5.0
# Instead of seven tries of two minutes each; what a person has set stands.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
_MOVING = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Tables and columns of MLflow's database that hold absolute places of artifacts."""


def open_store(params: Params) -> tuple[MlflowClient, str]:
    """A client and the id of this project's experiment; makes both once, under a lock.

    The database is made beside its place and renamed: a process that is killed meanwhile leaves nothing behind, and no
    two processes get into each other's migrations. Places of artifacts are corrected after the folder was moved.

    Raises:
        UserError: the store cannot be made or does not answer, or the experiment was deleted.
    """
    # MLflow sets its own logger when it is imported.
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    uri = store_uri(params)
    if uri.startswith(("http:", "https:")):
        _reach(uri)
    try:
        with _alone(params.tracking.folder):
            if not params.tracking.uri:
                _ready(database(params), artifacts_uri(params))
            # One machine after the other makes a shared database's tables and the experiment.
            with opening_turn(uri, "kilnmix store"):
                return _opened(params, uri)
    except Exception as error:
        raise faults.told(params, error) from error


def find_run(params: Params, run_id: str) -> tuple[MlflowClient, Run]:
    """A run by its id.

    Raises:
        UserError: there is no such run, or as `open_store`.
    """
    from mlflow.exceptions import MlflowException

    client, _ = open_store(params)
    try:
        return client, client.get_run(run_id)
    except MlflowException as error:
        raise UserError(
            f"MLflow has no run {run_id!r}. Its id is at the top of the run's page: `kilnmix ui` opens the list."
        ) from error


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "mlflow.lock"):
        yield


def _opened(params: Params, uri: str) -> tuple[MlflowClient, str]:
    from mlflow import MlflowClient

    client, name = MlflowClient(uri), params.experiment.name
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return client, client.create_experiment(name, artifact_location=artifact_location(params), tags=KIND)
    if experiment.lifecycle_stage == "deleted":
        raise faults.deleted(params, experiment.experiment_id)
    return client, experiment.experiment_id


def _reach(uri: str) -> None:
    """Asks the server for a sign of life.

    Raises:
        UserError: none came within seconds.
    """
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=_CONNECT_SECONDS):
            pass
    except urllib.error.HTTPError:
        pass  # it answers; who may log in is MLflow's affair
    except (OSError, ValueError) as error:
        raise faults.unreachable(uri, getattr(error, "reason", error)) from error


def _ready(path: Path, artifacts: str) -> None:
    """Sees to it that a whole database is at `path` and knows where the artifacts are now.

    What an unfinished making left there is put aside if it holds no run.
    """
    for left in path.parent.glob(f"{path.name}.new*"):
        left.unlink()
    if path.exists() and not _runs(path) and not _opens(path, artifacts):
        for part in (path, path.with_name(f"{path.name}-journal"), path.with_name(f"{path.name}-wal")):
            if part.exists():
                part.rename(free(part.with_name(f"{part.name}.unfinished-{time.time():.0f}")))
    if not path.exists():
        draft = path.with_name(f"{path.name}.new")
        make(draft, artifacts)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.rename(path)
    else:
        correct_locations(path, artifacts)


def make(path: Path, artifacts: str) -> None:
    """Makes a database, or looks whether one is whole: MLflow raises for one that it cannot bring to an end."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(address(path), f"{artifacts}/0")
    store.engine.dispose()


def _opens(path: Path, artifacts: str) -> bool:
    """Whether MLflow takes a copy of the database as it is."""
    draft = path.with_name(f"{path.name}.new-trial")
    shutil.copyfile(path, draft)
    try:
        make(draft, artifacts)
    except Exception:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _runs(path: Path) -> int:
    """How many runs and registered models the database holds; 0 for one that has no table of them yet.

    Raises:
        sqlite3.DatabaseError: it is damaged, or locked.
    """
    with contextlib.closing(sqlite3.connect(path, timeout=5.0)) as base:
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        held = [table for table in ("runs", "registered_models") if table in tables]
        return sum(base.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in held)


def correct_locations(path: Path, artifacts: str) -> int:
    """Rewrites the places of artifacts in a database whose project was moved or copied.

    Only experiments of this project's kind are touched, whose artifacts lie in a folder `artifacts`.

    Args:
        artifacts: where they are now, as a file: URI.

    Returns:
        How many former places there were.
    """
    with contextlib.closing(sqlite3.connect(path, timeout=5.0)) as base, base:
        former = [
            place
            for (place,) in base.execute(
                "SELECT DISTINCT artifact_location FROM experiments JOIN experiment_tags USING (experiment_id) "
                "WHERE key = 'mlflow.experimentKind' AND artifact_location LIKE 'file:%/artifacts' "
                "AND artifact_location != ?",
                (artifacts,),
            )
        ]
        for place in former:
            for table, column in _MOVING:
                base.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
                    f"WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                    (artifacts, len(place) + 1, place, len(place) + 1, f"{place}/"),
                )
    return len(former)
