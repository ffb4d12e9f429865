import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.tracking.location import artifacts_uri
from kilnmix.tracking.store import open_store

DATABASE = Path("mlruns/mlflow.db")


def test_a_database_whose_making_was_broken_off_is_made_again(params: Params) -> None:
    # What a kill in the first migration leaves: some tables, no runs, no version.
    DATABASE.unlink()
    with contextlib.closing(sqlite3.connect(DATABASE)) as base, base:
        base.execute("CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256))")
        base.execute("CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY)")
    Path("mlruns/mlflow.db.new").write_text("a draft that was left")
    client, experiment = open_store(params)
    client.create_run(experiment)
    assert len(client.search_runs([experiment])) == 1
    assert len(list(Path("mlruns").glob("mlflow.db.unfinished-*"))) == 1
    assert not list(Path("mlruns").glob("*.new*"))


def test_a_store_with_runs_is_kept(params: Params) -> None:
    client, experiment = open_store(params)
    run = client.create_run(experiment)
    again, _ = open_store(params)
    assert [each.info.run_id for each in again.search_runs([experiment])] == [run.info.run_id]


def test_a_moved_project_shows_its_pictures(params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client, experiment = open_store(params)
    run = client.create_run(experiment)
    client.log_text(run.info.run_id, "seen", "note.txt")
    new = tmp_path.with_name("moved \"釉\" 'a'")
    shutil.copytree(tmp_path, new)
    (tmp_path / "mlruns" / "artifacts").rename(tmp_path / "gone")
    monkeypatch.chdir(new)
    moved, experiment = open_store(params)
    (found,) = moved.search_runs([experiment])
    assert found.info.artifact_uri == f"{artifacts_uri(params)}/{run.info.run_id}/artifacts"
    assert [file.path for file in moved.list_artifacts(run.info.run_id)] == ["note.txt"]
    other = moved.create_run(experiment)
    moved.log_text(other.info.run_id, "seen", "note.txt")
    assert not (tmp_path / "mlruns" / "artifacts").exists()


def test_a_folder_with_odd_characters_holds_its_own_store(tmp_path: Path, settings: Callable[..., Params]) -> None:
    place = tmp_path / "50 % sure? 'yes' \"釉\" #1"
    place.mkdir()
    code = (
        "import json, sys\n"
        "from kilnmix.config import Params\n"
        "from kilnmix.tracking.store import open_store\n"
        "client, experiment = open_store(Params.model_validate_json(sys.argv[1]))\n"
        "run = client.create_run(experiment)\n"
        "client.log_text(run.info.run_id, 'seen', 'note.txt')\n"
        "print([file.path for file in client.list_artifacts(run.info.run_id)])\n"
    )
    command = [sys.executable, "-c", code, settings().model_dump_json()]
    ended = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)
    assert ended.stdout == "['note.txt']\n"
    assert sorted(path.name for path in place.iterdir()) == ["mlruns"]
    assert {path.name for path in (place / "mlruns").iterdir()} >= {"mlflow.db", "artifacts"}


def test_a_database_elsewhere_has_its_artifacts_in_the_tracking_folder(
    tmp_path: Path, settings: Callable[..., Params], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    params = settings(f"tracking.uri='sqlite:///{tmp_path}/shared.db'", "tracking.folder=kept")
    client, experiment = open_store(params)
    assert client.get_experiment(experiment).artifact_location == (tmp_path / "kept" / "artifacts").as_uri()
    run = client.create_run(experiment)
    client.log_text(run.info.run_id, "seen", "note.txt")
    assert [path.read_text() for path in Path("kept/artifacts").rglob("note.txt")] == ["seen"]


def test_a_damaged_database_is_a_sentence_and_stays(params: Params) -> None:
    DATABASE.write_bytes(b"this is no database" * 100)
    with pytest.raises(UserError, match=r"is damaged: .*mv mlruns/mlflow.db mlruns/mlflow.db.damaged"):
        open_store(params)
    assert DATABASE.read_bytes() == b"this is no database" * 100
    DATABASE.with_name("mlflow.db.damaged").write_bytes(b"the first")
    with pytest.raises(UserError, match=r"mv mlruns/mlflow.db mlruns/mlflow.db-2.damaged"):
        open_store(params)


def test_a_cut_database_is_a_sentence(params: Params) -> None:
    os.truncate(DATABASE, 20000)
    with pytest.raises(UserError, match="is damaged"):
        open_store(params)


def test_a_locked_database_is_a_sentence(params: Params) -> None:
    with contextlib.closing(sqlite3.connect(DATABASE)) as base:
        base.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UserError, match="locked by another process"):
            open_store(params)


def test_a_folder_that_cannot_be_written_is_a_sentence(params: Params) -> None:
    shutil.rmtree("mlruns")
    Path("mlruns").write_text("no folder")
    with pytest.raises(UserError, match="The folder mlruns cannot be written"):
        open_store(params)


def test_an_experiment_deleted_in_mlflow_is_told_of(params: Params) -> None:
    client, experiment = open_store(params)
    client.delete_experiment(experiment)
    with pytest.raises(UserError, match=f"mlflow experiments restore -x {experiment}"):
        open_store(params)
    client.restore_experiment(experiment)
    assert open_store(params)[1] == experiment
