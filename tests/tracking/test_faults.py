"""Faults of the store in sentences; a store that is really damaged is in test_store."""

import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.tracking import faults
from kilnmix.tracking.store import open_store


@pytest.mark.parametrize("answers", [False, True])
def test_a_server_that_is_not_there_costs_seconds(
    answers: bool, settings: Callable[..., Params], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if not answers:
            server.close()
        params = settings(tracking={"uri": f"http://user:secret@127.0.0.1:{port}", "folder": str(tmp_path)})
        begun = time.monotonic()
        with pytest.raises(UserError, match="cannot be reached") as raised:
            open_store(params)
    assert time.monotonic() - begun < 30
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("database is locked"), "mlruns/mlflow.db is locked by another process"),
        (
            sqlite3.DatabaseError("(sqlite3.DatabaseError) file is not a database\nSQL"),
            "damaged: file is not a database",
        ),
        (RuntimeError("Detected out-of-date database schema"), "made by another version of MLflow"),
        (PermissionError("denied"), "The folder mlruns cannot be written: denied"),
        (RuntimeError("attempt to write a readonly database"), "cannot be written"),
        (RuntimeError(""), "does not answer: no reason given"),
    ],
)
def test_what_a_fault_means(error: Exception, said: str, settings: Callable[..., Params]) -> None:
    params = settings(tracking={"uri": None, "folder": "mlruns"})
    assert said in str(faults.told(params, error))


def test_a_database_elsewhere_is_the_one_that_is_named(settings: Callable[..., Params]) -> None:
    params = settings(tracking={"uri": "sqlite:////shared/runs.db", "folder": "mlruns"})
    told = str(faults.told(params, sqlite3.OperationalError("database is locked")))
    assert "The MLflow database /shared/runs.db is locked by another process (`fuser /shared/runs.db` names it)" in told
    told = str(faults.told(params, sqlite3.DatabaseError("file is not a database")))
    assert "`mv /shared/runs.db /shared/runs.db.damaged`" in told
    told = str(faults.told(params, RuntimeError("unable to open database file")))
    assert "The MLflow database /shared/runs.db cannot be opened or written: unable to open database file." in told
    assert "set tracking.uri to another database" in told and "mlruns" not in told
    assert "The folder mlruns cannot be written" in str(faults.told(params, PermissionError("denied")))
    params = settings(tracking={"uri": "sqlite:///runs.db?timeout=9", "folder": "mlruns"})
    told = str(faults.told(params, sqlite3.OperationalError("database is locked")))
    assert "`fuser runs.db` names it" in told


def test_a_sentence_stays_and_a_servers_password_is_not_in_it(settings: Callable[..., Params]) -> None:
    params = settings(tracking={"uri": "http://a:secret@host:1", "folder": "mlruns"})
    sentence = UserError("a sentence")
    assert faults.told(params, sentence) is sentence
    told = str(faults.told(params, RuntimeError("500\nmore")))
    assert "The MLflow server http://a:***@host:1 does not answer as it should: 500. " in told
    gone = str(faults.unreachable("http://a:secret@host:1", "refused."))
    assert "http://a:***@host:1 cannot be reached (refused)" in gone and "that host runs" in gone
    back = str(faults.deleted(params, "7"))
    assert "`mlflow experiments restore -x 7`, tracking.uri in MLFLOW_TRACKING_URI, or set experiment.name" in back
    assert "secret" not in back
    params = settings(tracking={"uri": "http://host:1", "folder": "mlruns"})
    assert "`MLFLOW_TRACKING_URI=http://host:1 mlflow experiments restore -x 7`, or" in str(faults.deleted(params, "7"))
