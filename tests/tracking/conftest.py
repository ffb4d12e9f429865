import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kilnmix.config import Params
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record
from kilnmix.tracking.store import make

RECORD = Record(
    name="real 0/0/1",
    tags={"stage": "train", "arm": "real", "seed": "1"},
    params={"share": 0.0},
    metrics={"best.score": 0.5},
    curves={"loss": [(10, 2.0), (20, 1.5)]},
    inputs=[DataInput("data", "training")],
    artifacts=["note.txt"],
)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without runs: its migrations take seconds, a copy none."""
    place = tmp_path_factory.mktemp("store") / "mlflow.db"
    make(place, place.with_name("artifacts").as_uri())
    return place


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Callable[..., Params], database: Path) -> Params:
    """The settings of a project whose folder is the current one."""
    made = settings()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlruns").mkdir()
    shutil.copyfile(database, tmp_path / "mlruns" / "mlflow.db")
    return made
