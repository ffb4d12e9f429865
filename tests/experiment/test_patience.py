"""Storages that are away for a moment: a locked database, a lost connection, a proxy that is started anew."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import optuna
import pytest

from kilnmix.common.errors import UserError
from kilnmix.experiment import storage
from kilnmix.experiment.storage import open_storage


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, check_same_thread=False)) as base:
        base.execute("BEGIN EXCLUSIVE")
        yield base


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/studies.db?timeout=0.1"


@pytest.mark.filterwarnings("ignore")
def test_what_a_locked_database_refused_is_asked_again(tmp_path: Path) -> None:
    opened = open_storage(url(tmp_path))
    study = optuna.create_study(storage=opened, study_name="s")
    with locked(tmp_path / "studies.db") as base:
        threading.Timer(0.5, base.rollback).start()
        study.set_user_attr("adopted", 3)
    assert optuna.load_study(study_name="s", storage=opened).user_attrs == {"adopted": 3}


@pytest.mark.filterwarnings("ignore")
def test_a_database_that_stays_away_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "GRACE_SECONDS", 1)
    opened = open_storage(url(tmp_path))
    study = optuna.create_study(storage=opened, study_name="s")
    with (
        locked(tmp_path / "studies.db"),
        pytest.raises(UserError, match=r"^search\.storage = 'sqlite:.*has not answered for 1 s .*locked"),
    ):
        study.set_user_attr("adopted", 3)


@pytest.mark.filterwarnings("ignore")
def test_other_faults_are_told_at_once(tmp_path: Path) -> None:
    opened = open_storage(url(tmp_path))
    with pytest.raises(KeyError):
        opened.get_study_id_from_name("none")
