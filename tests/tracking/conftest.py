import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kilnmix.config import Params
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.records import Record

RECORD = Record(
    name="real 0/0/1",
    tags={"stage": "train", "arm": "real", "seed": "1"},
    params={"share": 0.0},
    metrics={"best.score": 0.5},
    curves={"loss": [(10, 2.0), (20, 1.5)]},
    inputs=[DataInput("data", "training")],
    artifacts=["note.txt"],
)


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Callable[..., Params], database: Path) -> Params:
    """The settings of a project whose folder is the current one."""
    made = settings()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlruns").mkdir()
    shutil.copyfile(database, tmp_path / "mlruns" / "mlflow.db")
    return made
