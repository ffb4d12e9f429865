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
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Callable[..., Params]) -> Params:
    made = settings()
    monkeypatch.chdir(tmp_path)
    return made
